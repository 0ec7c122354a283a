{{/*
What every pod of Panjareh's own images has in common. The caller adds containers and volumes.
Takes root, account (service account; empty is the namespace's default) and optionally settings (of `process`).
*/}}
{{- define "panjareh.podCommon" -}}
{{- $settings := default (dict) .settings -}}
{{- with .account }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $settings.terminationGracePeriodSeconds }}
terminationGracePeriodSeconds: {{ . }}
{{- end }}
{{- if $settings.priorityClassName }}
priorityClassName: {{ $settings.priorityClassName }}
{{- else if .root.Values.priorityClass.create }}
priorityClassName: {{ include "panjareh.fullname" .root }}
{{- end }}
{{- with $settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
{{- end -}}

{{/* Container fields that are the same everywhere. Takes root, image. */}}
{{- define "panjareh.containerCommon" -}}
image: {{ include "panjareh.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- toYaml .root.Values.containerSecurityContext | nindent 2 }}
{{- end -}}

{{/* Spread over zones and nodes, unless told otherwise. Takes root, component, settings. */}}
{{- define "panjareh.spread" -}}
topologySpreadConstraints:
{{- with .settings.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
{{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "panjareh.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end -}}
