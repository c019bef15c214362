// Judges manifests like a cluster and prints JSON: the pods that it would not admit, and the connections that it would allow.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	decoding "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

type manifest struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metav1.ObjectMeta `json:"metadata"`
	Spec       json.RawMessage   `json:"spec"`
}

// A workload with a pod template: a Deployment, a StatefulSet or a Job.
type workload struct {
	Template corev1.PodTemplateSpec `json:"template"`
}

type peer struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	IP        string            `json:"ip"`
}

type connection struct {
	From     peer            `json:"from"`
	To       peer            `json:"to"`
	Port     int             `json:"port"`
	Protocol corev1.Protocol `json:"protocol"`
}

type asked struct {
	Versions    []string     `json:"versions"`
	Connections []connection `json:"connections"`
}

type answer struct {
	Refused []string `json:"refused"`
	Invalid []string `json:"invalid"`
	Allowed []bool   `json:"allowed"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: cluster MANIFESTS QUESTIONS")
		os.Exit(2)
	}
	said, err := answered(os.Args[1], os.Args[2])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(said)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answered(manifests, questions string) (*answer, error) {
	file, err := os.Open(manifests)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := os.ReadFile(questions)
	if err != nil {
		return nil, err
	}
	var asked asked
	if err := json.Unmarshal(text, &asked); err != nil {
		return nil, err
	}
	all, err := read(file)
	if err != nil {
		return nil, err
	}
	refused, err := refusedPods(all, asked.Versions)
	if err != nil {
		return nil, err
	}
	allowed, err := allowedConnections(all, asked.Connections)
	return &answer{refused, invalidObjects(all), allowed}, err
}

func read(file io.Reader) ([]manifest, error) {
	all := []manifest{}
	decoder := decoding.NewYAMLOrJSONDecoder(file, 4096)
	for {
		var one manifest
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
}

func podOf(one manifest) (*corev1.PodTemplateSpec, error) {
	switch one.Kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job":
		var spec workload
		err := json.Unmarshal(one.Spec, &spec)
		return &spec.Template, err
	case "CronJob":
		var spec batchv1.CronJobSpec
		err := json.Unmarshal(one.Spec, &spec)
		return &spec.JobTemplate.Spec.Template, err
	case "Pod":
		var spec corev1.PodSpec
		err := json.Unmarshal(one.Spec, &spec)
		return &corev1.PodTemplateSpec{ObjectMeta: one.Metadata, Spec: spec}, err
	}
	return nil, nil
}

// Returns the violations of Pod Security's level restricted, for each version.
func refusedPods(all []manifest, versions []string) ([]string, error) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	refused := []string{}
	for _, one := range all {
		pod, err := podOf(one)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", one.Kind, one.Metadata.Name, err)
		}
		if pod == nil {
			continue
		}
		for _, text := range versions {
			version, err := api.ParseVersion("v" + text)
			if err != nil {
				return nil, err
			}
			level := api.LevelVersion{Level: api.LevelRestricted, Version: version}
			result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
			if !result.Allowed {
				refused = append(refused, fmt.Sprintf("%s %s, %s: %s", one.Kind, one.Metadata.Name, text, result.ForbiddenDetail()))
			}
		}
	}
	return refused, nil
}

// Spec types of the custom resources of operators.
var specs = map[string]func() any{
	"gateway.networking.k8s.io/v1 HTTPRoute":  func() any { return &gatewayv1.HTTPRouteSpec{} },
	"monitoring.coreos.com/v1 ServiceMonitor": func() any { return &monitoringv1.ServiceMonitorSpec{} },
	"monitoring.coreos.com/v1 PodMonitor":     func() any { return &monitoringv1.PodMonitorSpec{} },
	"monitoring.coreos.com/v1 PrometheusRule": func() any { return &monitoringv1.PrometheusRuleSpec{} },
}

// Returns the custom resources with unknown fields or fields of the wrong type.
func invalidObjects(all []manifest) []string {
	invalid := []string{}
	for _, one := range all {
		spec, known := specs[one.APIVersion+" "+one.Kind]
		if !known {
			continue
		}
		if err := yaml.UnmarshalStrict(one.Spec, spec()); err != nil {
			invalid = append(invalid, fmt.Sprintf("%s %s: %s", one.Kind, one.Metadata.Name, err))
		}
	}
	return invalid
}

func allowedConnections(all []manifest, connections []connection) ([]bool, error) {
	policies := []*networkingv1.NetworkPolicy{}
	for _, one := range all {
		if one.Kind != "NetworkPolicy" {
			continue
		}
		policy := networkingv1.NetworkPolicy{ObjectMeta: one.Metadata}
		if err := json.Unmarshal(one.Spec, &policy.Spec); err != nil {
			return nil, fmt.Errorf("NetworkPolicy %s: %w", one.Metadata.Name, err)
		}
		policies = append(policies, &policy)
	}
	rules := matcher.BuildNetworkPolicies(false, policies)
	allowed := []bool{}
	for _, one := range connections {
		traffic := &matcher.Traffic{
			Source:       peerOf(one.From),
			Destination:  peerOf(one.To),
			ResolvedPort: one.Port,
			Protocol:     one.Protocol,
		}
		allowed = append(allowed, rules.IsTrafficAllowed(traffic).IsAllowed())
	}
	return allowed, nil
}

// An endpoint of a connection. Without a namespace it is an address outside the cluster.
func peerOf(one peer) *matcher.TrafficPeer {
	if one.Namespace == "" {
		return &matcher.TrafficPeer{IP: one.IP}
	}
	labels := map[string]string{"kubernetes.io/metadata.name": one.Namespace}
	inside := &matcher.InternalPeer{PodLabels: one.Labels, NamespaceLabels: labels, Namespace: one.Namespace}
	return &matcher.TrafficPeer{IP: one.IP, Internal: inside}
}
