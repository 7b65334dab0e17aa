"""What Bedrock is: shapes, model ids, exceptions, conversation rules. No I/O besides reading botocore's model."""
