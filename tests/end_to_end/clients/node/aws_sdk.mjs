// A converse and a streamed converse with the AWS SDK for JavaScript, its default handler, which speaks HTTP/2 here.
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";

const client = new BedrockRuntimeClient();
const hello = { modelId: process.argv[2], messages: [{ role: "user", content: [{ text: "Hello" }] }] };
const reply = await client.send(new ConverseCommand(hello));
console.log(reply.output.message.content[0].text);
const streamed = await client.send(new ConverseStreamCommand(hello));
let text = "";
for await (const event of streamed.stream) text += event.contentBlockDelta?.delta.text ?? "";
console.log(text);
