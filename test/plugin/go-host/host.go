package main

import (
	"context"
	"time"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/execute"
	"github.com/kubeshop/botkube/pkg/loggerx"
	"github.com/kubeshop/botkube/pkg/plugin"
	"github.com/sirupsen/logrus"
)

// host is the plugin manager with one executor plugin.
type host struct {
	log     logrus.FieldLogger
	manager *plugin.Manager
	plugin  string
	stop    context.CancelFunc
}

type startInput struct {
	IndexURL   string
	Repository string
	Executor   string
	CacheDir   string
	// Seconds; Botkube takes 10 for anything below one.
	HealthCheckInterval int
	RestartThreshold    int
}

// executeInput is a command as a person typed it, without the bot's mention.
type executeInput struct {
	Command string
	// Raw YAML of each bound configuration.
	Configs []string
	Context executor.ExecuteInputContext
}

type executeOutput struct {
	Message  api.Message   `json:"message"`
	Messages []api.Message `json:"messages,omitempty"`
}

// start downloads the plugin by the index and starts it, as an agent does when it starts.
func (h *host) start(in startInput) error {
	h.plugin = in.Repository + "/" + in.Executor
	settings := config.Logger{Level: "debug", DisableColors: true}
	h.log = loggerx.NewStderr(settings)
	management := config.PluginManagement{
		CacheDir:            in.CacheDir,
		Repositories:        map[string]config.PluginsRepository{in.Repository: {URL: in.IndexURL}},
		HealthCheckInterval: time.Duration(in.HealthCheckInterval) * time.Second,
		RestartPolicy:       config.PluginRestartPolicy{Type: config.KeepAgentRunningWhenThresholdReached, Threshold: in.RestartThreshold},
	}
	stats := plugin.NewHealthStats(in.RestartThreshold)
	h.manager = plugin.NewManager(h.log, settings, management, []string{h.plugin}, nil, make(chan string), stats)
	var ctx context.Context
	ctx, h.stop = context.WithCancel(context.Background())
	return h.manager.Start(ctx)
}

func (h *host) help(ctx context.Context) (api.Message, error) {
	client, err := h.manager.GetExecutor(h.plugin)
	if err != nil {
		return api.Message{}, err
	}
	return client.Help(ctx)
}

// execute takes the flags that are Botkube's own out of the command, and lets the plugin execute the rest.
func (h *host) execute(ctx context.Context, in executeInput) (executeOutput, error) {
	flags, err := execute.ParseFlags(in.Command)
	if err != nil {
		return executeOutput{}, err
	}
	client, err := h.manager.GetExecutor(h.plugin)
	if err != nil {
		return executeOutput{}, err
	}
	var configs []*executor.Config
	for _, text := range in.Configs {
		configs = append(configs, &executor.Config{RawYAML: []byte(text)})
	}
	out, err := client.Execute(ctx, executor.ExecuteInput{Command: flags.CleanCmd, Configs: configs, Context: in.Context})
	return executeOutput{Message: out.Message, Messages: out.Messages}, err
}

// shutdown ends the plugin as an agent does when it ends.
func (h *host) shutdown() {
	if h.stop == nil {
		return
	}
	h.stop()
	h.stop = nil
	h.manager.Shutdown()
}
