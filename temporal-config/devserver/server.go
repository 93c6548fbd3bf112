package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

func address(o *options) string { return net.JoinHostPort(o.ip, strconv.Itoa(o.port)) }

func newUI(o *options) *uiserver.Server {
	return uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host: o.ip, Port: o.uiPort, TemporalGRPCAddress: address(o), EnableUI: true,
		CORS: uiconfig.CORS{CookieInsecure: true}, HideLogs: true, DisableNewsFetch: true,
	}))
}

// newServer puts the four services of Temporal into this process, reachable on the loopback only but for the frontend.
func newServer(o *options, store *config.SQL) (temporal.Server, error) {
	dynamic, err := dynamicConfig(o.dynamicConfigValues)
	if err != nil {
		return nil, err
	}
	services, hosts := map[string]config.Service{}, map[primitives.ServiceName]static.Hosts{}
	for _, name := range []primitives.ServiceName{
		primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		service := config.Service{RPC: config.RPC{BindOnIP: "127.0.0.1"}}
		if service.RPC.GRPCPort, err = freePort(); err != nil {
			return nil, err
		}
		if name == primitives.FrontendService {
			service.RPC.BindOnIP, service.RPC.GRPCPort = o.ip, o.port
			if service.RPC.HTTPPort, err = freePort(); err != nil {
				return nil, err
			}
		}
		services[string(name)] = service
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(service.RPC.BindOnIP, strconv.Itoa(service.RPC.GRPCPort)))
	}
	return temporal.NewServer(
		temporal.WithConfig(serverConfig(o, store, services)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithDynamicConfigClient(dynamic),
		temporal.WithLogger(log.NewZapLogger(log.BuildZapLogger(log.Config{Level: o.logLevel, Stdout: true}))),
	)
}

func serverConfig(o *options, store *config.SQL, services map[string]config.Service) *config.Config {
	c := &config.Config{Services: services}
	c.Global.Membership.MaxJoinDuration = 30 * time.Second
	c.Global.Membership.BroadcastAddress = "127.0.0.1"
	visibility := *store
	if store.PluginName != sqlitePlugin {
		visibility.DatabaseName = store.DatabaseName + visibilitySuffix
	}
	c.Persistence = config.Persistence{
		DefaultStore: "main", VisibilityStore: "visibility", NumHistoryShards: 1,
		DataStores: map[string]config.DataStore{"main": {SQL: store}, "visibility": {SQL: &visibility}},
	}
	c.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
			Enabled: true, InitialFailoverVersion: 1, RPCAddress: address(o), ClusterID: "7d3c1c56-6a0e-4b37-9d0a-5c1f5f0b8a42",
		}},
	}
	c.DCRedirectionPolicy.Policy = "noop"
	c.Archival.History.State, c.Archival.Visibility.State = "disabled", "disabled"
	c.NamespaceDefaults.Archival.History.State, c.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	c.PublicClient.HostPort = address(o)
	return c
}

// dynamicConfig turns KEY=JSON into settings. Whole numbers become int, because the server's typed settings ask for it.
func dynamicConfig(values keyValues) (dynamicconfig.StaticClient, error) {
	settings := dynamicconfig.StaticClient{}
	for key, text := range values {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return nil, fmt.Errorf("dynamic configuration %s: %q is not JSON: %w", key, text, err)
		}
		if number, ok := value.(float64); ok && number == float64(int(number)) {
			value = int(number)
		}
		settings[dynamicconfig.MakeKey(key)] = value
	}
	return settings, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func waitForEndOf(input io.Reader) { _, _ = io.Copy(io.Discard, input) }
