// Command minimal-executor is the least that a Botkube executor plugin can be: it gives every command the same answer.
// It is the yardstick of the plugin's benchmark.
package main

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

type minimal struct{}

func (minimal) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: "0.1.0", Description: "Gives every command the same answer."}, nil
}

func (minimal) Execute(context.Context, executor.ExecuteInput) (executor.ExecuteOutput, error) {
	return executor.ExecuteOutput{Message: api.NewPlaintextMessage("The same answer as always.", false)}, nil
}

func (minimal) Help(context.Context) (api.Message, error) {
	return api.NewPlaintextMessage("Type anything.", false), nil
}

func main() {
	executor.Serve(map[string]goplugin.Plugin{"minimal": &executor.Plugin{Executor: minimal{}}})
}
