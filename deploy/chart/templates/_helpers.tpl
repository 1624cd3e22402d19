{{/*
The four services: whose facts each asks for, the gRPC services it answers, and those that only officers
call. What the code says is law; tests/chart compares.
*/}}
{{- define "pingyi.services" -}}
catalog:
  follows: []
  answers:
    - pingyi.catalog.v1.CatalogService
    - pingyi.catalog.v1.OrganizationService
    - pingyi.catalog.v1.TransferService
    - pingyi.catalog.v1.PolicyService
    - pingyi.catalog.v1.CalendarService
    - pingyi.catalog.v1.TerminalService
  officers:
    - pingyi.catalog.v1.ChangeService
intake:
  follows: [catalog, ticketing]
  answers:
    - pingyi.intake.v1.CaseService
    - pingyi.intake.v1.RatingService
    - pingyi.intake.v1.PeopleService
    - pingyi.intake.v1.ReviewService
    - pingyi.intake.v1.SurveyService
    - pingyi.intake.v1.ReportService
  officers:
    - pingyi.intake.v1.MessageService
    - pingyi.intake.v1.SignalService
    - pingyi.intake.v1.AttachmentService
ticketing:
  follows: [catalog, intake]
  answers: []
  officers:
    - pingyi.ticketing.v1.TicketService
    - pingyi.ticketing.v1.AppealService
    - pingyi.ticketing.v1.DocumentService
    - pingyi.ticketing.v1.TextReviewService
    - pingyi.ticketing.v1.FocusService
    - pingyi.ticketing.v1.RestrictedService
    - pingyi.ticketing.v1.LedgerService
    - pingyi.ticketing.v1.NoticeService
publication:
  follows: [catalog, intake, ticketing]
  answers:
    - pingyi.publication.v1.StatisticsService
    - pingyi.publication.v1.DisclosureService
    - pingyi.publication.v1.BulletinService
    - pingyi.publication.v1.PainPointService
    - pingyi.publication.v1.CanaryService
    - pingyi.publication.v1.TransparencyService
    - pingyi.publication.v1.RankingService
    - pingyi.exchange.v1.ExchangeService
  officers:
    - pingyi.publication.v1.AppraisalService
{{- end }}

{{/* The port of the metrics. */}}
{{- define "pingyi.metricsPort" -}}9419{{- end }}

{{/* The Secret with the certificate: the one given, or what cert-manager makes; empty without TLS. */}}
{{- define "pingyi.tlsSecret" -}}
{{- .Values.tls.secret | default (ternary (printf "%s-tls" .Release.Name) "" (ne .Values.tls.issuer.name "")) -}}
{{- end }}

{{/* The gRPC port: the binary's own default, which `pingyi healthcheck` asks too. */}}
{{- define "pingyi.port" -}}7419{{- end }}

{{/*
Labels that never change: selectors are immutable, so neither version nor chart is among them.
Argument: (list $ COMPONENT)
*/}}
{{- define "pingyi.selector" -}}
app.kubernetes.io/name: pingyi
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "pingyi.labels" -}}
{{ include "pingyi.selector" . }}
app.kubernetes.io/part-of: pingyi
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "pingyi.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What every pod has: nobody special, who may do nothing and writes
     nowhere; ticketing to its /tmp. */}}
{{- define "pingyi.pod" -}}
automountServiceAccountToken: false
# Kubernetes would add variables for each Service of the namespace.
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # So that the process can read its keys, which nobody else may.
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "pingyi.container" -}}
image: {{ include "pingyi.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* A variable from a Secret. Argument: (list VARIABLE SECRET) */}}
{{- define "pingyi.secretVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ (index . 1).secret | quote }}
      key: {{ (index . 1).key | quote }}
{{- end }}

{{/* The file with the authorities to know others by; empty without TLS. */}}
{{- define "pingyi.authorities" -}}
{{- if .Values.tls.ca.configMap -}}
/etc/pingyi/authorities/ca.crt
{{- else if include "pingyi.tlsSecret" . -}}
/etc/pingyi/tls/ca.crt
{{- end -}}
{{- end }}

{{/* A probe of a gRPC service. Kubernetes' own speaks no TLS. Argument: (list $ COMPONENT SERVICE) */}}
{{- define "pingyi.probe" -}}
{{- $ := index . 0 -}}
{{- if include "pingyi.tlsSecret" $ -}}
exec:
  command:
    - /pingyi
    - healthcheck
    - --ca={{ include "pingyi.authorities" $ }}
    - --name={{ $.Release.Name }}-{{ index . 1 }}
    - --service={{ index . 2 }}
{{- else -}}
grpc: {port: {{ include "pingyi.port" $ }}, service: {{ index . 2 }}}
{{- end -}}
{{- end }}

{{/* The port of an address: the one it names, or its scheme's. */}}
{{- define "pingyi.portOf" -}}
{{- $url := urlParse . -}}
{{- $named := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $named | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end }}

{{/* The port of documents.endpoint; Amazon's is that of https. */}}
{{- define "pingyi.objectPort" -}}
{{- include "pingyi.portOf" (.Values.documents.endpoint | default "https://s3") -}}
{{- end }}

{{- define "pingyi.replicas" -}}
{{ .replicas | default 2 | int }}
{{- end }}

{{/* Where a pod may go for names. Any resolver: some clusters run one on each node. */}}
{{- define "pingyi.dns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}

{{/* The way to a server. Argument: (list PORT PEERS) */}}
{{- define "pingyi.way" -}}
- ports:
    - {port: {{ index . 0 | int }}, protocol: TCP}
  {{- with index . 1 }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* What a pod that asks the services has of their certificates. */}}
{{- define "pingyi.asksMounts" -}}
{{- if .Values.tls.ca.configMap }}
volumeMounts:
  - {name: authorities, mountPath: /etc/pingyi/authorities, readOnly: true}
{{- else if include "pingyi.tlsSecret" . }}
volumeMounts:
  - {name: authorities, mountPath: /etc/pingyi/tls, readOnly: true}
{{- end }}
{{- end }}

{{- define "pingyi.asksVolumes" -}}
{{- if .Values.tls.ca.configMap }}
- name: authorities
  configMap:
    name: {{ .Values.tls.ca.configMap | quote }}
{{- else if include "pingyi.tlsSecret" . }}
# Its certificate alone.
- name: authorities
  secret:
    secretName: {{ include "pingyi.tlsSecret" . | quote }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}
{{- end }}

{{/* The container of the robot, after its name. */}}
{{- define "pingyi.robot" -}}
{{- $scheme := ternary "https" "http" (ne (include "pingyi.tlsSecret" .) "") -}}
{{ include "pingyi.container" . }}
args:
  - robot
  - --item={{ .Values.robot.item }}
  - --channels={{ join "," .Values.robot.channels }}
  - --token=/etc/pingyi/token/token
  {{- range $option, $service := dict "endpoint" "catalog" "intake" "intake" "publication" "publication" }}
  - --{{ $option }}={{ $scheme }}://{{ $.Release.Name }}-{{ $service }}:{{ include "pingyi.port" $ }}
  {{- end }}
  {{- if eq $scheme "https" }}
  - --ca={{ include "pingyi.authorities" . }}
  {{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - {name: token, mountPath: /etc/pingyi/token, readOnly: true}
  {{- with include "pingyi.asksMounts" . | fromYaml }}
  {{- toYaml .volumeMounts | nindent 2 }}
  {{- end }}
{{- end }}

{{/* What it mounts. */}}
{{- define "pingyi.robotVolumes" -}}
- name: token
  secret:
    secretName: {{ .Values.robot.token.secret | quote }}
    items: [{key: {{ .Values.robot.token.key | quote }}, path: token}]
    defaultMode: 0440
{{- with include "pingyi.asksVolumes" . }}
{{ . }}
{{- end }}
{{- end }}
