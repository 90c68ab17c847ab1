package main

import (
	"context"

	"github.com/kubeshop/botkube/pkg/action"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/bot/interactive"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/execute"
)

const source = "source"

// actInput is an action of Botkube and the event that sets it off.
type actInput struct {
	DisplayName string
	// Template of the command.
	Command string
	// The source's raw object.
	Event   any
	Configs []string
}

type actOutput struct {
	// What the template became, and as whom it ran.
	Command string        `json:"command"`
	Mention string        `json:"mention"`
	Output  executeOutput `json:"output"`
}

// act renders the action's command for the event and runs it as Botkube runs an automation.
func (h *host) act(ctx context.Context, in actInput) (actOutput, error) {
	runner := &actionRunner{host: h, configs: in.Configs}
	provider := action.NewProvider(h.log, config.Actions{"action": {
		Enabled: true, DisplayName: in.DisplayName, Command: in.Command,
		Bindings: config.ActionBindings{Sources: []string{source}, Executors: []string{"executor"}},
	}}, runner)
	rendered, err := provider.RenderedActions(in.Event, []string{source})
	if err != nil {
		return actOutput{}, err
	}
	for _, one := range rendered {
		provider.ExecuteAction(ctx, one)
	}
	return actOutput{Command: runner.asked.Message, Mention: runner.asked.User.Mention, Output: runner.output}, runner.err
}

// actionRunner is the executor that Botkube's actions hand their commands to.
type actionRunner struct {
	host    *host
	configs []string
	asked   execute.NewDefaultInput
	output  executeOutput
	err     error
}

func (r *actionRunner) NewDefault(asked execute.NewDefaultInput) execute.Executor {
	r.asked = asked
	return r
}

func (r *actionRunner) Execute(ctx context.Context) interactive.CoreMessage {
	user := executor.User{Mention: r.asked.User.Mention, DisplayName: r.asked.User.DisplayName}
	input := executor.ExecuteInputContext{Message: executor.Message{User: user}}
	r.output, r.err = r.host.execute(ctx, executeInput{Command: r.asked.Message, Configs: r.configs, Context: input})
	return interactive.CoreMessage{Message: r.output.Message}
}
