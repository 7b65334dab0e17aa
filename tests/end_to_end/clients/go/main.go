// A converse and a streamed converse with the AWS SDK for Go, which finds endpoint, region and keys in its environment.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

func main() {
	ctx := context.Background()
	loaded, err := config.LoadDefaultConfig(ctx)
	check(err)
	client := bedrockruntime.NewFromConfig(loaded)
	model := aws.String(os.Args[1])
	hello := []types.Message{{
		Role:    types.ConversationRoleUser,
		Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "Hello"}},
	}}

	reply, err := client.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: model, Messages: hello})
	check(err)
	message := reply.Output.(*types.ConverseOutputMemberMessage)
	fmt.Println(message.Value.Content[0].(*types.ContentBlockMemberText).Value)

	streamed, err := client.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: model, Messages: hello})
	check(err)
	stream := streamed.GetStream()
	for event := range stream.Events() {
		if piece, ok := event.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			fmt.Print(piece.Value.Delta.(*types.ContentBlockDeltaMemberText).Value)
		}
	}
	check(stream.Err())
	fmt.Println()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
