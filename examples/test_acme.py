from bedrock_harness.providers.adapters.reference.adapter import Reference
from bedrock_harness.testing import ConverseConformance


class TestAcme(ConverseConformance):
    def provider(self, endpoint):
        return Reference()
