{{/*
What every pod of Panjareh's own images has in common. The caller adds containers and volumes.
Takes root, images (of its containers), account (service account; empty is the namespace's default) and
optionally settings (of `process`).
*/}}
{{- define "panjareh.podCommon" -}}
{{- $settings := default (dict) .settings -}}
{{- with .account }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- $pullSecrets := .root.Values.global.imagePullSecrets }}
{{- range .images }}{{ $pullSecrets = concat $pullSecrets (default (list) .pullSecrets) }}{{ end }}
{{- with $pullSecrets | uniq }}
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
  {{- mustMergeOverwrite (deepCopy .root.Values.podSecurityContext) (default (dict) $settings.podSecurityContext) | toYaml | nindent 2 }}
{{- end -}}

{{/* Container fields that are the same everywhere. Takes root, image, and optionally settings (of `process`). */}}
{{- define "panjareh.containerCommon" -}}
image: {{ include "panjareh.image" . }}
imagePullPolicy: {{ default .root.Values.image.pullPolicy .image.pullPolicy }}
securityContext:
  {{- mustMergeOverwrite (deepCopy .root.Values.containerSecurityContext) (default (dict) (default (dict) .settings).containerSecurityContext) | toYaml | nindent 2 }}
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
