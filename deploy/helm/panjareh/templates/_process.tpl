{{/* What holds for one process: `process`, `processes.<kind>` and what the service says. Takes root, process, own. */}}
{{- define "panjareh.settings" -}}
{{- $kind := index .root.Values.processes .process -}}
{{- $settings := mustMergeOverwrite (deepCopy .root.Values.process) (deepCopy (default (dict) $kind)) (deepCopy (default (dict) .own)) -}}
{{- if eq .process "follower" -}}
{{- /* One follower works at a time, so more of them do no more. */ -}}
{{- $_ := set $settings.autoscaling "kind" "none" -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{/*
One process of one service: Deployment, scaling and disruption budget, written once for all of them.
Takes root, name (the service), service (its values), process (rpc, follower, clock, http), settings
(`process` and what the service sets for this process).
*/}}
{{- define "panjareh.process" -}}
{{- $root := .root -}}
{{- $settings := .settings -}}
{{- $component := printf "%s-%s" .name .process -}}
{{- $about := dict "root" $root "component" $component -}}
{{- $full := printf "%s-%s" (include "panjareh.fullname" $root) $component -}}
{{- $kind := $settings.autoscaling.kind -}}
---
apiVersion: apps/v1
kind: Deployment
{{ include "panjareh.metadata" $about }}
spec:
  {{- if eq $kind "none" }}
  replicas: {{ $settings.replicaCount }}
  {{- end }}
  revisionHistoryLimit: 3
  # A new pod serves before an old one goes, so there is always one that holds a queue.
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels:
      {{- include "panjareh.selector" $about | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "panjareh.labels" $about | nindent 8 }}
        panjareh/service: {{ .name }}
        panjareh/process: {{ .process }}
        {{- with $settings.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        checksum/config: {{ include "panjareh.plain" . | sha256sum }}
        {{- with $settings.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "panjareh.podCommon" (dict "root" $root "images" (list .service.image) "account" (printf "%s-%s" (include "panjareh.fullname" $root) .name) "settings" $settings) | trim | nindent 6 }}
      {{- include "panjareh.spread" (merge (dict "settings" $settings) $about) | nindent 6 }}
      containers:
        - name: {{ .process }}
          {{- include "panjareh.containerCommon" (dict "root" $root "image" .service.image "settings" $settings) | nindent 10 }}
          args: [{{ .process }}]
          envFrom:
            - configMapRef: {name: {{ default (printf "%s-%s" (include "panjareh.fullname" $root) .name) .service.existingConfigmap }}}
            {{- with $settings.extraEnvVarsCM }}
            - configMapRef: {name: {{ . }}}
            {{- end }}
            {{- with $settings.extraEnvVarsSecret }}
            - secretRef: {name: {{ . }}}
            {{- end }}
          env:
            {{- include "panjareh.confidential" (merge (dict "keys" $settings.secretKeys) .) | trim | nindent 12 }}
            {{- with $settings.extraEnvVars }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          resources:
            {{- toYaml $settings.resources | nindent 12 }}
          ports:
            - {name: health, containerPort: {{ $root.Values.health.port }}}
            {{- if eq .process "http" }}
            - {name: http, containerPort: {{ coalesce .service.environment.PANJAREH_IDENTITY_HTTP_PORT .service.environment.PANJAREH_REQUESTS_HTTP_PORT .service.environment.PANJAREH_HTTP_PORT }}}
            {{- end }}
          {{- if $root.Values.health.probes }}
          # /livez asks only whether the process still turns, never the broker or the database: while
          # one of them is away, restarting everybody would make it worse. /readyz holds up a rollout.
          startupProbe:
            httpGet: {path: /livez, port: health}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /livez, port: health}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /readyz, port: health}
            periodSeconds: 5
            timeoutSeconds: 5
          {{- end }}
          {{- if eq .process "http" }}
          # Whoever routes to this pod has to hear first that it goes.
          lifecycle:
            preStop:
              sleep: {seconds: 5}
          {{- end }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            {{- if and .service.database $root.Values.ledger.enabled }}
            - {name: ledger, mountPath: /ledger, subPath: {{ .name }}}
            {{- end }}
            {{- with $settings.extraVolumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
        {{- if and .service.database $root.Values.ledger.enabled }}
        - {name: ledger, persistentVolumeClaim: {claimName: {{ include "panjareh.ledgerClaim" $root }}}}
        {{- end }}
        {{- with $settings.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- if eq $kind "hpa" }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
{{ include "panjareh.metadata" $about }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $full }}}
  minReplicas: {{ $settings.autoscaling.minReplicas }}
  maxReplicas: {{ $settings.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ $settings.autoscaling.targetCPU }}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 300}
{{- else if eq $kind "keda" }}
{{ include "panjareh.scaledObject" (merge (dict "about" $about "target" $full) .) }}
{{- end }}
{{- if gt (int (ternary $settings.replicaCount $settings.autoscaling.minReplicas (eq $kind "none"))) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "panjareh.metadata" $about }}
spec:
  maxUnavailable: 1
  # A pod that is not ready anyway must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "panjareh.selector" $about | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Scaling by what waits: calls in the queue of rpc, late work of a clock. Takes what panjareh.process takes, about, target. */}}
{{- define "panjareh.scaledObject" -}}
{{- $root := .root -}}
{{- $broker := include "panjareh.broker" $root | fromYaml -}}
{{- if and (ne .process "rpc") (ne .process "clock") }}{{ fail (printf "services.%s.processes.%s.autoscaling.kind: keda scales rpc and clock" .name .process) }}{{ end -}}
{{- if and (eq .process "clock") (not $root.Values.keda.prometheusAddress) }}{{ fail "keda.prometheusAddress is not set: whom does KEDA ask for the lag of a clock?" }}{{ end -}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
{{ include "panjareh.metadata" .about }}
spec:
  scaleTargetRef: {name: {{ .target }}}
  minReplicaCount: {{ .settings.autoscaling.minReplicas }}
  maxReplicaCount: {{ .settings.autoscaling.maxReplicas }}
  cooldownPeriod: 300
  fallback: {failureThreshold: 3, replicas: {{ .settings.autoscaling.minReplicas }}}
  triggers:
    {{- if eq .process "rpc" }}
    - type: rabbitmq
      authenticationRef: {name: {{ .target }}}
      metadata:
        protocol: amqp
        queueName: rpc-{{ .name }}
        mode: QueueLength
        value: {{ .settings.autoscaling.targetQueueLength | quote }}
        activationValue: "0"
        {{- with $broker }}
        host: {{ .scheme }}://{{ .host }}
        vhostName: {{ $root.Values.rabbitmq.vhost }}
        {{- end }}
    {{- else }}
    - type: prometheus
      metadata:
        serverAddress: {{ $root.Values.keda.prometheusAddress }}
        query: max(panjareh_due_lag_seconds{namespace="{{ $root.Release.Namespace }}",service="{{ .name }}"})
        threshold: {{ .settings.autoscaling.targetLagSeconds | quote }}
    {{- end }}
    - type: cpu
      metricType: Utilization
      metadata: {value: {{ .settings.autoscaling.targetCPU | quote }}}
{{- if eq .process "rpc" }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
{{ include "panjareh.metadata" .about }}
spec:
  secretTargetRef:
    {{- if $broker }}
    - {parameter: username, name: {{ .service.brokerSecret }}, key: username}
    - {parameter: password, name: {{ .service.brokerSecret }}, key: password}
    {{- else }}
    - {parameter: host, name: {{ .service.existingSecret }}, key: PANJAREH_AMQP_URL}
    {{- end }}
{{- end }}
{{- end -}}
