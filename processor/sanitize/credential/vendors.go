package credential

// form is a vendor's token: what it begins with and what follows.
type form struct {
	prefix string
	body   alphabet
	min    int // the shortest body
	vendor string
}

// forms are the tokens that tell their vendor by a prefix, from the vendors'
// documentation of keys, tokens and secret scanning.
//
// A prefix that ends in `=` or `:` is not itself part of the secret.
var forms = []form{
	// GitHub Blog, 2021-04-05; docs.github.com "About authentication to GitHub".
	{"ghp_", word, 30, "GitHub"}, {"gho_", word, 30, "GitHub"}, {"ghu_", word, 30, "GitHub"},
	{"ghs_", dotted, 30, "GitHub"}, {"ghr_", word, 30, "GitHub"}, {"github_pat_", word, 22, "GitHub"},
	// docs.gitlab.com "Token overview", issues 342327, 383198, 388379.
	{"glpat-", dotted, 20, "GitLab"}, {"gldt-", dotted, 20, "GitLab"}, {"glrt-", dotted, 20, "GitLab"}, {"glrtr-", dotted, 20, "GitLab"},
	{"glcbt-", dotted, 20, "GitLab"}, {"glptt-", dotted, 20, "GitLab"}, {"glft-", dotted, 20, "GitLab"}, {"glimt-", dotted, 20, "GitLab"},
	{"glagent-", dotted, 40, "GitLab"}, {"gloas-", dotted, 40, "GitLab"}, {"glsoat-", dotted, 20, "GitLab"}, {"glffct-", dotted, 20, "GitLab"},
	{"glwt-", dotted, 20, "GitLab"}, {"gr1348941", dashed, 20, "GitLab"}, {"_gitlab_session=", hexadecimal, 32, "GitLab"},
	// docs.aws.amazon.com IAM "Unique identifiers"; Bedrock API keys.
	{"AKIA", upper, 16, "AWS"}, {"ASIA", upper, 16, "AWS"}, {"ABIA", upper, 16, "AWS"}, {"ACCA", upper, 16, "AWS"}, {"A3T", upper, 17, "AWS"},
	{"ABSK", base64s, 80, "AWS"}, {"bedrock-api-key-", base64s, 60, "AWS"}, {"amzn.mws.", dashed, 30, "AWS"}, {"amzn1.oa2-cs.v1.", dashed, 30, "AWS"},
	// api.slack.com "Token types", "Token rotation".
	{"xoxb-", dotted, 10, "Slack"}, {"xoxp-", dotted, 10, "Slack"}, {"xoxa-", dotted, 10, "Slack"}, {"xoxr-", dotted, 10, "Slack"},
	{"xoxs-", dotted, 10, "Slack"}, {"xoxo-", dotted, 10, "Slack"}, {"xoxc-", dotted, 10, "Slack"}, {"xoxd-", loose, 10, "Slack"},
	{"xoxe-", dotted, 10, "Slack"}, {"xoxe.xox", dotted, 10, "Slack"}, {"xapp-", slashed, 10, "Slack"}, {"xwfp-", dotted, 10, "Slack"},
	{"hooks.slack.com/services/", slashed, 20, "Slack"}, {"hooks.slack.com/workflows/", slashed, 20, "Slack"}, {"hooks.slack.com/triggers/", slashed, 20, "Slack"},
	// docs.stripe.com "API keys", "Webhooks".
	{"sk_live_", word, 10, "Stripe"}, {"sk_test_", word, 10, "Stripe"}, {"sk_prod_", word, 10, "Stripe"}, {"rk_live_", word, 10, "Stripe"},
	{"rk_test_", word, 10, "Stripe"}, {"rk_prod_", word, 10, "Stripe"}, {"whsec_", base64s, 24, "Stripe, Svix"}, {"sk_org_", word, 20, "Stripe"},
	// developer.squareup.com "Access tokens".
	{"sq0atp-", dashed, 20, "Square"}, {"sq0csp-", dashed, 30, "Square"}, {"sq0idp-", dashed, 20, "Square"}, {"EAAA", loose, 56, "Square"}, {"sqOatp-", dashed, 20, "Square"},
	// developers.facebook.com "Access tokens".
	{"EAA", alnum, 60, "Facebook"}, {"IGQV", dashed, 80, "Instagram"},
	// cloud.google.com "API keys", "OAuth 2.0".
	{"AIza", dashed, 30, "Google"}, {"ya29.", slashed, 20, "Google"}, {"GOCSPX-", dashed, 24, "Google"}, {"1//0", dashed, 40, "Google"}, {"AQ.Ab8", dashed, 30, "Google"},
	// platform.openai.com, docs.anthropic.com, openrouter.ai, and those that took over `sk-`.
	{"sk-proj-", dashed, 20, "OpenAI"}, {"sk-svcacct-", dashed, 20, "OpenAI"}, {"sk-admin-", dashed, 20, "OpenAI"}, {"sk-none-", dashed, 20, "OpenAI"}, {"sess-", alnum, 40, "OpenAI"},
	{"sk-ant-", dashed, 40, "Anthropic"}, {"sk-or-v1-", hexadecimal, 40, "OpenRouter"}, {"sk-lf-", dashed, 30, "Langfuse"}, {"sk-helicone-", dashed, 20, "Helicone"},
	{"sk-api-", dashed, 30, "MiniMax"}, {"sk-kimi-", dashed, 20, "Moonshot"}, {"sk-cp-", dashed, 20, "MiniMax"}, {"sk-", dashed, 20, "OpenAI and others"},
	{"pplx-", alnum, 32, "Perplexity"}, {"gsk_", alnum, 40, "Groq"}, {"xai-", alnum, 60, "xAI"}, {"r8_", alnum, 30, "Replicate"}, {"hf_", alnum, 30, "Hugging Face"},
	{"api_org_", alnum, 30, "Hugging Face"}, {"tgp_v1_", dashed, 30, "Together"}, {"nvapi-", dashed, 40, "NVIDIA"}, {"csk-", alnum, 30, "Cerebras"},
	{"lsv2_pt_", word, 30, "LangSmith"}, {"lsv2_sk_", word, 30, "LangSmith"}, {"llx-", alnum, 40, "LlamaIndex"}, {"tvly-", dashed, 20, "Tavily"}, {"pcsk_", word, 40, "Pinecone"},
	{"wandb_v1_", word, 40, "Weights & Biases"}, {"jina_", dashed, 40, "Jina"}, {"e2b_", alnum, 36, "E2B"}, {"vck_", dashed, 24, "Vercel"}, {"vcp_", dashed, 24, "Vercel"},
	{"vci_", dashed, 24, "Vercel"}, {"vca_", dashed, 24, "Vercel"}, {"vcr_", dashed, 24, "Vercel"}, {"vercel_blob_rw_", word, 24, "Vercel"}, {"rpa_", alnum, 36, "RunPod"}, {"apify_api_", alnum, 30, "Apify"}, {"fc-", hexadecimal, 32, "Firecrawl"},
	{"up_", alnum, 28, "Upstage"}, {"sgp_", word, 40, "Sourcegraph, Segment"}, {"slk_", hexadecimal, 40, "Sourcegraph"}, {"sgd_", hexadecimal, 40, "Sourcegraph"}, {"fw_", alnum, 22, "Fireworks"}, {"bai-", alnum, 20, "Baidu"},
	{"voyage-", dashed, 40, "Voyage"}, {"pa-", dashed, 40, "Voyage"}, {"syn_", alnum, 30, "Synthetic"}, {"ark-", hexdash, 36, "Volcengine"}, {"gmn_", alnum, 30, "Gemini"}, {"cursor_", hexadecimal, 60, "Cursor"}, {"crsr_", hexadecimal, 40, "Cursor"},
	// shopify.dev "Access tokens".
	{"shpat_", alnum, 30, "Shopify"}, {"shpca_", alnum, 30, "Shopify"}, {"shppa_", alnum, 30, "Shopify"}, {"shpss_", alnum, 30, "Shopify"}, {"shptka_", alnum, 30, "Shopify"}, {"shpua_", alnum, 30, "Shopify"}, {"shprt_", alnum, 30, "Shopify"},
	// Clouds and hosting.
	{"dop_v1_", hexadecimal, 60, "DigitalOcean"}, {"doo_v1_", hexadecimal, 60, "DigitalOcean"}, {"dor_v1_", hexadecimal, 60, "DigitalOcean"},
	{"akab-", dashed, 30, "Akamai"}, {"LTAI", alnum, 12, "Alibaba Cloud"}, {"AKID", alnum, 28, "Tencent Cloud"}, {"AKLT", dashed, 30, "Volcengine"}, {"SCW", upper, 17, "Scaleway"}, {"EXO", alnum, 22, "Exoscale"}, {"YCAJE", dashed, 20, "Yandex"}, {"YCM", dashed, 35, "Yandex"}, {"YCN", dashed, 35, "Yandex"}, {"YCO", dashed, 35, "Yandex"}, {"YCP", dashed, 35, "Yandex"}, {"YC", alnum, 38, "Yandex"},
	{"AQVN", dashed, 30, "Yandex"}, {"t1.", yandex, 40, "Yandex"}, {"y0_", dashed, 40, "Yandex"}, {"y1_", dashed, 40, "Yandex"}, {"nfp_", word, 30, "Netlify"}, {"nfc_", word, 30, "Netlify"}, {"FlyV1 ", fly, 40, "Fly.io"}, {"fo1_", dashed, 40, "Fly.io"}, {"fm1a_", loose, 60, "Fly.io"},
	{"fm1r_", loose, 60, "Fly.io"}, {"fm2_", loose, 60, "Fly.io"}, {"HRKU-", dashed, 30, "Heroku"}, {"rnd_", alnum, 24, "Render"}, {"sbp_", alnum, 36, "Supabase"}, {"sbp_v0_", hexadecimal, 40, "Supabase"}, {"sb_secret_", dashed, 20, "Supabase"},
	{"napi_", alnum, 40, "Neon"}, {"tk-us-", dashed, 40, "Scalingo"}, {"tk-", dashed, 44, "Scalingo"}, {"ucat_", alnum, 24, "UpCloud"}, {"v1.0-", hexdash, 100, "Cloudflare"}, {"cfk_", dashed, 36, "Cloudflare"}, {"cfut_", dashed, 36, "Cloudflare"}, {"cfat_", dashed, 36, "Cloudflare"},
	{"AVNS_", dashed, 18, "Aiven"}, {"CCDB1_", word, 40, "Cockroach Labs"}, {"AstraCS:", loose, 40, "DataStax"}, {"dapi", hexdash, 32, "Databricks"}, {"dkea", hexdash, 32, "Databricks"}, {"dose", hexdash, 32, "Databricks"},
	{"mdb_sa_sk_", dashed, 36, "MongoDB Atlas"}, {"mdb_sa_id_", alnum, 20, "MongoDB Atlas"}, {"pscale_tkn_", loose, 24, "PlanetScale"}, {"pscale_pw_", loose, 24, "PlanetScale"}, {"pscale_oauth_", loose, 24, "PlanetScale"}, {"4b1d", alnum, 38, "ClickHouse"},
	{"xau_", alnum, 30, "Xata"}, {"tskey-", dashed, 16, "Tailscale"}, {"hvs.", dashed, 20, "Vault"}, {"hvb.", dashed, 60, "Vault"}, {"hvr.", dashed, 60, "Vault"}, {"s.", alnum, 24, "Vault"}, {"b.AAAAAQ", dashed, 50, "Vault"},
	{"dckr_pat_", dashed, 24, "Docker"}, {"dckr_oat_", dashed, 28, "Docker"}, {"SWMTKN-1-", dashed, 50, "Docker"}, {"SWMKEY-1-", slashed, 36, "Docker"}, {"sha256~", dashed, 40, "OpenShift"}, {"K10", loose, 60, "K3s"},
	{"age-secret-key-1", alnum, 50, "age"}, {"age-secret-key-pq-1", alnum, 50, "age"}, {"A3-", updash, 30, "1Password"}, {"ops_eyJ", base64s, 100, "1Password"},
	// Package registries and builders.
	{"npm_", alnum, 30, "npm"}, {"pypi-", dashed, 40, "PyPI"}, {"rubygems_", hexadecimal, 40, "RubyGems"}, {"oy2", alnum, 40, "NuGet"}, {"cio", alnum, 32, "crates.io"}, {"CLOJARS_", alnum, 50, "Clojars"},
	{"AKCp", alnum, 60, "JFrog"}, {"cmVmdGtu", alnum, 50, "JFrog"}, {"cmVmdG", alnum, 58, "JFrog"}, {"API-", upper, 24, "Octopus"}, {"bkua_", alnum, 36, "Buildkite"}, {"bkpt_", alnum, 36, "Buildkite"}, {"bkaj_", dashed, 36, "Buildkite"}, {"bkct_", word, 36, "Buildkite"}, {"bkat_", word, 36, "Buildkite"}, {"CCIPAT_", word, 40, "CircleCI"}, {"CCIPRJ_", word, 40, "CircleCI"},
	{"pul-", hexadecimal, 40, "Pulumi"}, {"pnu_", alnum, 32, "Prefect"}, {"pnb_", alnum, 32, "Prefect"}, {"squ_", hexadecimal, 36, "Sonar"}, {"sqp_", hexadecimal, 36, "Sonar"}, {"sqa_", hexadecimal, 36, "Sonar"}, {"hawk.", dotted, 40, "StackHawk"}, {"ico-", alnum, 30, "Infracost"},
	{"pat.", dotted, 50, "Harness"}, {"sat.", dotted, 50, "Harness"}, {"dt.", dotted, 60, "Harness"}, {"mka_", dashed, 30, "Mergify"}, {"odt_", alnum, 30, "Dependency-Track"}, {"endr+", alnum, 16, "Endor Labs"}, {"AIK_", dashed, 20, "Aikido"}, {"ddp_", alnum, 36, "Deno"}, {"ddo_", alnum, 36, "Deno"},
	// Work, mail, messages.
	{"tkn.v1_", base64s, 40, "Teamwork"}, {"shltm_", alnum, 32, "Flexport"},
	{"ATATT3", loose, 150, "Atlassian"}, {"ATCTT3", loose, 150, "Atlassian"}, {"ATSTT3", loose, 150, "Atlassian"}, {"ATBB", alnum, 28, "Bitbucket"}, {"ATCTT", loose, 60, "Bitbucket"}, {"ATTA", alnum, 60, "Trello"}, {"lin_api_", alnum, 36, "Linear"}, {"lin_oauth_", alnum, 36, "Linear"}, {"secret_", alnum, 36, "Notion"}, {"ntn_", alnum, 40, "Notion"},
	{"figd_", dashed, 36, "Figma"}, {"figu_", dashed, 36, "Figma"}, {"figo_", dashed, 36, "Figma"}, {"figor_", dashed, 36, "Figma"}, {"figoh_", dashed, 36, "Figma"}, {"PMAK-", dashed, 50, "Postman"}, {"PMAT-", dashed, 20, "Postman"}, {"dp.pt.", dotted, 40, "Doppler"}, {"dp.st.", dotted, 40, "Doppler"}, {"dp.ct.", dotted, 40, "Doppler"}, {"dp.sa.", dotted, 40, "Doppler"}, {"dp.scim.", dotted, 40, "Doppler"}, {"dp.audit.", dotted, 40, "Doppler"}, {"dp.said.", dotted, 40, "Doppler"},
	{"SG.", slashed, 32, "SendGrid"}, {"key-", alnum, 32, "Mailgun"}, {"pubkey-", hexadecimal, 32, "Mailgun"}, {"xkeysib-", dashed, 60, "Brevo"}, {"xsmtpsib-", dashed, 60, "Brevo"}, {"re_", word, 24, "Resend"}, {"mlsn.", alnum, 60, "MailerSend"}, {"os_v2_app_", alnum, 60, "OneSignal"}, {"os_v2_org_", alnum, 60, "OneSignal"},
	{"SK", hexadecimal, 32, "Twilio"}, {"AC", hexadecimal, 32, "Twilio"}, {"pat-na1-", hexdash, 30, "HubSpot"}, {"pat-eu1-", hexdash, 30, "HubSpot"}, {"CFPAT-", dashed, 40, "Contentful"}, {"rdme_", alnum, 60, "ReadMe"}, {"tfp_", dashed, 40, "Typeform"}, {"duffel_test_", loose, 36, "Duffel"}, {"duffel_live_", loose, 36, "Duffel"},
	{"discord.com/api/webhooks/", slashed, 40, "Discord"}, {"discordapp.com/api/webhooks/", slashed, 40, "Discord"}, {"hooks.zapier.com/hooks/catch/", slashed, 8, "Zapier"}, {"webhook.office.com/webhookb2/", webhook, 60, "Microsoft Teams"}, {"outlook.office.com/webhook/", webhook, 60, "Microsoft Teams"}, {"chat.googleapis.com/v1/spaces/", query, 30, "Google Chat"}, {"api.telegram.org/bot", telegram, 30, "Telegram"}, {"hooks.mattermost.com/hooks/", alnum, 20, "Mattermost"}, {"maker.ifttt.com/trigger/", slashed, 30, "IFTTT"},
	{"fio-u-", loose, 40, "Frame.io"}, {"lip_", alnum, 18, "Lichess"}, {"waka_", hexdash, 30, "WakaTime"}, {"tss_", alnum, 30, "Thunderstore"}, {"pina_", word, 60, "Pinterest"}, {"cnvca", dashed, 40, "Canva"}, {"apk_user_", base64s, 40, "Devin"}, {"apk_", base64s, 60, "Devin"}, {"cog_", alnum, 30, "Devin"}, {"pha_", alnum, 32, "PostHog"}, {"phc_", alnum, 32, "PostHog"}, {"phx_", alnum, 32, "PostHog"}, {"phs_", alnum, 32, "PostHog"}, {"phr_", alnum, 32, "PostHog"},
	{"sk_mdb_", dashed, 30, "Mindsdb"}, {"polar_oat_", alnum, 30, "Polar"}, {"polar_pat_", alnum, 30, "Polar"}, {"unkey_", alnum, 20, "Unkey"}, {"tr_dev_", alnum, 20, "Trigger.dev"}, {"tr_prod_", alnum, 20, "Trigger.dev"}, {"rootly_", hexadecimal, 60, "Rootly"}, {"dvc_server_", word, 20, "DevCycle"}, {"dvc_client_", word, 20, "DevCycle"}, {"dvc_mobile_", word, 20, "DevCycle"}, {"configcat-sdk-1/", slashed, 40, "ConfigCat"}, {"ck_secret_", alnum, 20, "Checkly"}, {"db-", alnum, 28, "Databento"}, {"LaunchDarkly ", dashed, 40, "LaunchDarkly"},
	{"gts_", alnum, 30, "Gitea"}, {"ngrok-", alnum, 30, "ngrok"}, {"cr_", alnum, 40, "ngrok"}, {"ak_", alnum, 40, "ngrok"}, {"convertkit_", alnum, 20, "Kit"}, {"kit_", hexadecimal, 32, "Kit"}, {"BBFF-", alnum, 30, "Ubidots"}, {"tines-", alnum, 20, "Tines"}, {"secret-token:", loose, 20, "RFC 8959"}, {"b10ck5.", dotted, 30, "Block Protocol"}, {"dbtc_", dashed, 30, "dbt"}, {"dbtu_", dashed, 30, "dbt"},
	// Money.
	{"FLWSECK_TEST-", dashed, 12, "Flutterwave"}, {"FLWSECK-", dashed, 12, "Flutterwave"}, {"FLWPUBK_TEST-", dashed, 12, "Flutterwave"}, {"FLWPUBK-", dashed, 12, "Flutterwave"}, {"FLWSECK_TEST", alnum, 12, "Flutterwave"}, {"EZAK", alnum, 50, "EasyPost"}, {"EZTK", alnum, 50, "EasyPost"}, {"sk_", alnum, 24, "ElevenLabs, Checkout.com"}, {"sk_sbox_", alnum, 24, "Checkout.com"}, {"shippo_live_", hexadecimal, 36, "Shippo"}, {"shippo_test_", hexadecimal, 36, "Shippo"}, {"access-sandbox-", hexdash, 30, "Plaid"}, {"access-development-", hexdash, 30, "Plaid"}, {"access-production-", hexdash, 30, "Plaid"},
	{"live_pub_", alnum, 30, "Lob"}, {"test_pub_", alnum, 30, "Lob"}, {"live_", dashed, 30, "Lob, GoCardless, Mollie"}, {"test_", alnum, 30, "Lob, Mollie"}, {"sandbox_", alnum, 30, "GoCardless, Braintree"}, {"access_token$production$", money, 40, "Braintree"}, {"access_token$sandbox$", money, 40, "Braintree"}, {"00D", session, 80, "Salesforce"}, {"ramp_sec_", word, 30, "Ramp"}, {"Mid-server-", dashed, 20, "Midtrans"}, {"api_live", dotted, 30, "Onfido"}, {"api_sandbox.", dotted, 30, "Onfido"}, {"pdl_live_", word, 30, "Paddle"}, {"pdl_sdbx_", word, 30, "Paddle"}, {"mollie_", alnum, 30, "Mollie"}, {"sk_sandbox_", word, 20, "several"}, {"sbpg_", alnum, 30, "several"}, {"rainforest_", word, 20, "Rainforest"}, {"apikey_", hexadecimal, 40, "Rainforest"}, {"privacy-", hexdash, 30, "Privacy"}, {"test_sk_", alnum, 20, "Toss"}, {"live_sk_", alnum, 20, "Toss"},
	// Watching and measuring.
	{"sntrys_", base64s, 40, "Sentry"}, {"sntryu_", hexadecimal, 60, "Sentry"}, {"sntrya_", hexadecimal, 60, "Sentry"}, {"glc_", base64s, 30, "Grafana"}, {"glsa_", word, 36, "Grafana"}, {"dt0c01.", dotted, 40, "Dynatrace"}, {"dt0s", dotted, 40, "Dynatrace"}, {"NRAK-", alnum, 24, "New Relic"}, {"NRAA-", alnum, 20, "New Relic"}, {"NRJS-", alnum, 18, "New Relic"}, {"NRII-", dashed, 30, "New Relic"}, {"NRIQ-", dashed, 30, "New Relic"}, {"NRRA-", alnum, 30, "New Relic"}, {"NRSP-", alnum, 20, "New Relic"}, {"hcaik_", alnum, 50, "Honeycomb"}, {"hcxik_", alnum, 50, "Honeycomb"}, {"hcaic_", alnum, 50, "Honeycomb"}, {"dnkey-", loose, 50, "Defined Networking"}, {"ddapi_", alnum, 30, "Datadog"}, {"ddapp_", alnum, 30, "Datadog"}, {"ddpat_", word, 40, "Datadog"}, {"cflt", base64s, 56, "Confluent"}, {"aio_", alnum, 28, "Adafruit"}, {"na1.", loose, 60, "FullStory"}, {"lm_", alnum, 30, "Logmanager"}, {"bs_", alnum, 30, "Better Stack"}, {"u+", dashed, 18, "PagerDuty"},
	{"sm_aat_", alnum, 14, "SettleMint"}, {"sm_pat_", alnum, 14, "SettleMint"}, {"sm_sat_", alnum, 14, "SettleMint"}, {"sl.", loose, 60, "Dropbox"}, {"p8e-", alnum, 30, "Adobe"}, {"scauth_", dotted, 30, "Authress"}, {"sc_", dotted, 60, "Authress"}, {"ext_", dotted, 60, "Authress"}, {"authress_", dotted, 60, "Authress"}, {"0/", hexadecimal, 30, "Asana"}, {"1/", asana, 45, "Asana"}, {"2/", asana, 60, "Asana"},
	{"pk.eyJ", dotted, 40, "Mapbox"}, {"sk.eyJ", dotted, 40, "Mapbox"}, {"tk.eyJ", dotted, 40, "Mapbox"}, {"pk.", mapbox, 70, "Mapbox"}, {"AAAAAAAAAAAAAAAAAAAA", loose, 60, "Twitter"}, {"EwA", base64s, 200, "Microsoft"}, {"0.AX", dashed, 200, "Microsoft"}, {"M.C5", loose, 100, "Microsoft"},
	// learn.microsoft.com, LinkedIn "Application permissions": the client secret's form since 2024.
	{"WPL_AP0.", dotted, 20, "LinkedIn"}, {"WPL_AP1.", dotted, 20, "LinkedIn"},
	// razorpay.com/docs "API keys"; neon.com/docs "Passwords"; docs.adyen.com "API credentials"; cal.com/docs "API keys"; stytch.com/docs "Secrets".
	{"rzp_live_", alnum, 14, "Razorpay"}, {"rzp_test_", alnum, 14, "Razorpay"}, {"npg_", alnum, 12, "Neon"}, {"AQE", signed, 90, "Adyen"}, {"cal_live_", hexadecimal, 32, "Cal.com"}, {"secret-live-", dashed, 30, "Stytch"}, {"secret-test-", dashed, 30, "Stytch"},
	// github.com/paseto-standard/paseto-spec "Tokens".
	{"v1.local.", dotted, 60, "PASETO"}, {"v2.local.", dotted, 60, "PASETO"}, {"v3.local.", dotted, 60, "PASETO"}, {"v4.local.", dotted, 60, "PASETO"}, {"v1.public.", dotted, 80, "PASETO"}, {"v2.public.", dotted, 80, "PASETO"}, {"v3.public.", dotted, 80, "PASETO"}, {"v4.public.", dotted, 80, "PASETO"},
	// help.make.com "Webhooks": whoever knows the address may call it.
	{"hook.eu1.make.com/", alnum, 24, "Make"}, {"hook.eu2.make.com/", alnum, 24, "Make"}, {"hook.us1.make.com/", alnum, 24, "Make"}, {"hook.us2.make.com/", alnum, 24, "Make"}, {"hook.integromat.com/", alnum, 24, "Make"},
	{"oa2-client-id_", loose, 30, "Blynk"}, {"service:", service, 20, "Apollo"}, {"user:gh.", service, 20, "Apollo"}, {"user:fh.", service, 20, "Apollo"}, {"tfe.v1.", dotted, 40, "HashiCorp"}, {"eraser_", alnum, 20, "Eraser"}, {"er_", alnum, 20, "Eraser"}, {"PRIVATE_KEY_", alnum, 30, "several"}, {"sdk-", hexdash, 36, "LaunchDarkly"}, {"mob-", hexdash, 36, "LaunchDarkly"}, {"api-", hexdash, 36, "LaunchDarkly"},
	{"xoauth_", alnum, 30, "several"}, {"pk_live_sec", alnum, 20, "several"}, {"snyk_", dashed, 36, "Snyk"}, {"SNYK_", dashed, 36, "Snyk"}, {"crt_", alnum, 40, "several"}, {"ory_st_", alnum, 30, "Ory"}, {"ory_pat_", alnum, 30, "Ory"}, {"ory_at_", dashed, 30, "Ory"}, {"zpka_", word, 40, "Zuplo"}, {"ctx7sk-", dashed, 30, "Context7"}, {"tvmz_", alnum, 20, "TVMaze"}, {"ctp_", alnum, 20, "several"}, {"ptla_", alnum, 40, "Pterodactyl"}, {"ptlc_", alnum, 40, "Pterodactyl"}, {"bb_live_", word, 20, "Browserbase"}, {"ey_", alnum, 40, "several"}, {"kfp_", alnum, 20, "several"},
	{"MTk4NjIy", dotted, 40, "Discord"}, {"mfa.", dashed, 60, "Discord"},
}

// alphabet is which bytes a token's body has.
type alphabet uint32

const (
	alnum alphabet = 1 << iota
	underscore
	dash
	dot
	slash
	plus
	equal
	tilde
	colon
	percent
	amp
	question
	hexOnly
	upperOnly
	at
	comma
	dollar
	bang
	marks // the other signs of ASCII, quotation marks aside

	word        = alnum | underscore
	dashed      = alnum | underscore | dash
	dotted      = dashed | dot | equal
	base64s     = alnum | plus | slash | equal | dash | underscore
	slashed     = dashed | dot | slash | plus | equal
	loose       = dashed | dot | slash | plus | equal | percent | tilde
	hexadecimal = hexOnly
	hexdash     = hexOnly | dash
	upper       = upperOnly
	updash      = upperOnly | dash
	asana       = hexOnly | slash | colon
	signed      = slashed | tilde | percent | colon | at | comma | dollar | bang | amp | question | marks
	yandex      = dotted | equal | dot
	mapbox      = dotted
	telegram    = dashed | colon
	service     = dashed | colon | dot
	webhook     = slashed | at
	fly         = loose | comma
	money       = word | dollar
	session     = dotted | bang
	query       = slashed | question | amp | percent
)

var bodies = func() (t [256]alphabet) {
	for c := 0; c < 128; c++ {
		b := byte(c)
		switch {
		case b-'0' < 10:
			t[c] = alnum | hexOnly | upperOnly
		case b-'a' < 6:
			t[c] = alnum | hexOnly
		case b-'a' < 26:
			t[c] = alnum
		case b-'A' < 6:
			t[c] = alnum | hexOnly | upperOnly
		case b-'A' < 26:
			t[c] = alnum | upperOnly
		}
	}
	for c, a := range map[byte]alphabet{'_': underscore, '-': dash, '.': dot, '/': slash, '+': plus, '=': equal, '~': tilde, ':': colon, '%': percent, '&': amp, '?': question, '@': at, ',': comma, '$': dollar, '!': bang} {
		t[c] |= a
	}
	for _, c := range []byte("#()*;<>[]^{|}") {
		t[c] |= marks
	}
	return t
}()
