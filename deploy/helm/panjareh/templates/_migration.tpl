{{/*
What a Job that migrates one service does, as a Job's spec without how often it is tried. Takes root,
name, service, account (ServiceAccount).
*/}}
{{- define "panjareh.migration" -}}
{{- $root := .root -}}
{{- $with := dict "root" $root "name" .name "service" .service "process" "migrate" -}}
{{- $confidential := include "panjareh.confidential" $with -}}
activeDeadlineSeconds: {{ $root.Values.migrations.activeDeadlineSeconds }}
template:
  metadata:
    labels:
      {{- include "panjareh.labels" (dict "root" $root "component" (printf "%s-migrate" .name)) | nindent 6 }}
      panjareh/service: {{ .name }}
      panjareh/process: migrate
  spec:
    restartPolicy: Never
    {{- include "panjareh.podCommon" (dict "root" $root "images" (list .service.image) "account" .account) | trim | nindent 4 }}
    containers:
      - name: migrate
        {{- include "panjareh.containerCommon" (dict "root" $root "image" .service.image) | nindent 8 }}
        args: [migrate]
        # No ConfigMap: before an install or upgrade there is none, or the one of the version before.
        env:
          {{- range $key, $value := include "panjareh.plain" $with | fromYaml }}
          {{- if not (contains (printf "- name: %s\n" $key) $confidential) }}
          - {name: {{ $key }}, value: {{ $value | quote }}}
          {{- end }}
          {{- end }}
          {{- $confidential | trim | nindent 10 }}
        resources:
          {{- toYaml $root.Values.migrations.resources | nindent 10 }}
        volumeMounts:
          - {name: tmp, mountPath: /tmp}
          {{- if $root.Values.ledger.enabled }}
          - {name: ledger, mountPath: /ledger, subPath: {{ .name }}}
          {{- end }}
    volumes:
      - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
      {{- if $root.Values.ledger.enabled }}
      - {name: ledger, persistentVolumeClaim: {claimName: {{ include "panjareh.ledgerClaim" $root }}}}
      {{- end }}
{{- end -}}
