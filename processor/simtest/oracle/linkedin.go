package oracle

import (
	"strings"
	"time"
)

// LinkedIn is builtin:linkedin as the contract describes it; literal is the
// other reading, in which ad sharing expands in the six regions too.
func LinkedIn(hash string, literal bool) *Policy {
	used := []string{"profile", "work_history", "education", "post", "comment"}
	never := []string{"private_message", "credential", "payment"}
	six := []string{"eu", "eea", "uk", "switzerland", "canada", "hong_kong"}
	p := &Policy{
		Hash: hash, Regions: map[string]string{"*": "other"}, Never: never,
		Categories: append(append([]string{}, used...), never...),
		Implies: map[string][]string{
			"ads_outside_linkedin": {"ads_share_affiliates"}, "global_privacy_control": {"ads_share_affiliates"},
		},
		Purposes: []Purpose{
			{Name: "ai_training", Topic: "ai-training", Unit: 24 * time.Hour},
			{Name: "ad_targeting", Topic: "ad-targeting", Unit: time.Hour},
		},
	}
	for region, codes := range map[string]string{
		"eu":  "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE AX GF GP MF MQ RE YT",
		"eea": "IS LI NO", "uk": "GB", "switzerland": "CH", "canada": "CA", "hong_kong": "HK",
	} {
		for _, c := range strings.Fields(codes) {
			p.Regions[c] = region
		}
	}
	day := func(y int, m time.Month, d int) int64 { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMicro() }
	change, before := day(2025, time.November, 3), day(2024, time.November, 20)
	genai := []string{"genai_improvement"}
	p.Rules = []Rule{
		{ID: "ai-six-regions", Purpose: "ai_training", Regions: six, Categories: used, Allow: true, Settings: genai,
			Recipients: []string{"linkedin", "microsoft"}, From: change, DataFrom: change},
		{ID: "ai-elsewhere", Purpose: "ai_training", Regions: []string{"other"}, Categories: used, Allow: true, Settings: genai,
			Recipients: []string{"linkedin"}, From: before, DataFrom: before},
	}
	where := []string{"other"}
	if literal {
		where = append(where, six...)
	}
	for _, ad := range [][3]string{
		{"ads-profile", "profile", "ads_use_profile"}, {"ads-work-history", "work_history", "ads_use_work_history"},
		{"ads-education", "education", "ads_use_education"}, {"ads-post", "post", "ads_use_posts"},
		{"ads-comment", "comment", "ads_use_comments"},
	} {
		p.Rules = append(p.Rules, Rule{ID: ad[0], Purpose: "ad_targeting", Regions: where, Categories: []string{ad[1]}, Allow: true,
			Settings: []string{"ads_restricted", "ads_share_affiliates", ad[2]}, Recipients: []string{"microsoft"}, From: change, DataFrom: change})
	}
	return p
}
