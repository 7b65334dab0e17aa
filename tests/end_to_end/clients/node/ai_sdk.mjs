// A converse and a streamed converse with the AI SDK, which takes its endpoint as an option only.
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { generateText, streamText } from "ai";

const bedrock = createAmazonBedrock({ baseURL: process.env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME });
const model = bedrock(process.argv[2]);
const hello = { model, prompt: "Hello", maxRetries: 0 };
console.log((await generateText(hello)).text);
let text = "";
for await (const piece of streamText(hello).textStream) text += piece;
console.log(text);
