package main

import (
	"encoding/json"
	"fmt"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/bot"
	"github.com/kubeshop/botkube/pkg/bot/interactive"
	"github.com/slack-go/slack"
)

// renderInput is a message of the plugin, and what Botkube adds to it before it posts it.
type renderInput struct {
	// slack, mattermost or discord.
	Platform string
	// Takes the place of {{BotName}}, such as <@UBOT>.
	BotName string
	// The line above the answer, such as "`fix alerts` on `dev`".
	Header  string
	Message api.Message
}

type renderOutput struct {
	// What Botkube measures, and posts where there are no blocks.
	Markdown string `json:"markdown"`
	// What goes to Slack: blocks, or text.
	Blocks json.RawMessage `json:"blocks,omitempty"`
	Text   string          `json:"text,omitempty"`
}

func render(in renderInput) (any, error) {
	in.Message.ReplaceBotNamePlaceholder(in.BotName)
	message := interactive.CoreMessage{Description: in.Header, Message: in.Message}
	switch in.Platform {
	case "slack":
		return renderForSlack(message)
	case "mattermost":
		return renderOutput{Markdown: bot.NewMattermostRenderer().MessageToMarkdown(message)}, nil
	case "discord":
		return renderOutput{Markdown: bot.NewDiscordRenderer().MessageToMarkdown(message)}, nil
	default:
		return nil, fmt.Errorf("unknown platform %q", in.Platform)
	}
}

// renderForSlack takes the form that the Slack client would post apart.
func renderForSlack(message interactive.CoreMessage) (any, error) {
	renderer := bot.NewSlackRenderer()
	_, form, err := slack.UnsafeApplyMsgOptions("", "", "", renderer.RenderInteractiveMessage(message))
	if err != nil {
		return nil, err
	}
	out := renderOutput{Markdown: renderer.MessageToMarkdown(message), Text: form.Get("text")}
	if blocks := form.Get("blocks"); blocks != "" {
		out.Blocks = json.RawMessage(blocks)
	}
	return out, nil
}
