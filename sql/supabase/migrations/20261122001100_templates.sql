-- The messages that the playbooks and milestones begin with. What a template may hold is in
-- cs_core/messages.py; the tests read these rows and check each of them.

-- Nobody changed anything: the audit log begins with what people do.
alter table public.message_templates disable trigger cs_audit;

-- ============ to suppliers: playbooks ============

insert into public.message_templates (name, version, audience, note, published_at, subject, body_text, body_html) values
('come_back_tips', 1, 'supplier', 'Default: e-mail, silent after set-up', '2000-01-01 00:00+00',
$t$Getting back into WedSync$t$,
$t$Hello {{ first_name or 'there' }},

{% if days_silent > 1 %}
It has been {{ days_silent }} days since {{ business_name }} was last active in WedSync. Weddings fill the week quickly, so here are three things that take a few minutes each:
{% else %}
{{ business_name }} has been quiet in WedSync lately. Weddings fill the week quickly, so here are three things that take a few minutes each:
{% endif %}

- Log in and look through what is waiting for you.
{% if clients_known > 0 %}
- Open one of your couples and see what their next step is.
- Send one form or message that you would otherwise write by hand.
{% else %}
- Add one couple: names, wedding date and an e-mail address will do.
- Send them one form that you would otherwise write by hand.
{% endif %}

If something got in the way or did not work as you expected, we would like to hear it. Somebody from our team will ring you in the next few days to ask how we can help. If another time suits you better, or you would rather write, reply to this mail.

Kind regards,
{{ sender_name }}
$t$,
$t$<p>Hello {{ first_name or 'there' }},</p>
{% if days_silent > 1 %}
<p>It has been {{ days_silent }} days since {{ business_name }} was last active in WedSync. Weddings fill the week quickly, so here are three things that take a few minutes each:</p>
{% else %}
<p>{{ business_name }} has been quiet in WedSync lately. Weddings fill the week quickly, so here are three things that take a few minutes each:</p>
{% endif %}
<ul>
<li>Log in and look through what is waiting for you.</li>
{% if clients_known > 0 %}
<li>Open one of your couples and see what their next step is.</li>
<li>Send one form or message that you would otherwise write by hand.</li>
{% else %}
<li>Add one couple: names, wedding date and an e-mail address will do.</li>
<li>Send them one form that you would otherwise write by hand.</li>
{% endif %}
</ul>
<p>If something got in the way or did not work as you expected, we would like to hear it. Somebody from our team will ring you in the next few days to ask how we can help. If another time suits you better, or you would rather write, reply to this mail.</p>
<p>Kind regards,<br>{{ sender_name }}</p>
$t$),

('feature_tips', 1, 'supplier', 'Default: e-mail, low feature adoption', '2000-01-01 00:00+00',
$t$Getting more out of WedSync$t$,
$t$Hello {{ first_name or 'there' }},

{% if features %}
Businesses like {{ business_name }} use parts of WedSync that you have not used lately:

{% for feature in features %}
- {{ feature }}
{% endfor %}

Pick the one that would take the most work off you this week and try it with one couple. You can add the others later.
{% else %}
There may be parts of WedSync that {{ business_name }} has not tried yet. A good way to find them: think of one task that you do by hand for every couple, and see whether WedSync can do it for you.
{% endif %}

Would you like somebody to show you around? Reply to this mail, and we will find a time that suits you.

Kind regards,
{{ sender_name }}
$t$,
$t$<p>Hello {{ first_name or 'there' }},</p>
{% if features %}
<p>Businesses like {{ business_name }} use parts of WedSync that you have not used lately:</p>
<ul>
{% for feature in features %}
<li><strong>{{ feature }}</strong></li>
{% endfor %}
</ul>
<p>Pick the one that would take the most work off you this week and try it with one couple. You can add the others later.</p>
{% else %}
<p>There may be parts of WedSync that {{ business_name }} has not tried yet. A good way to find them: think of one task that you do by hand for every couple, and see whether WedSync can do it for you.</p>
{% endif %}
<p>Would you like somebody to show you around? Reply to this mail, and we will find a time that suits you.</p>
<p>Kind regards,<br>{{ sender_name }}</p>
$t$),

('feature_tips_in_app', 1, 'supplier', 'Default: in the product, low feature adoption', '2000-01-01 00:00+00',
$t$Worth a try: {{ features | listed if features else 'parts of WedSync you have not used yet' }}$t$,
$t$
{% if features %}
Businesses like yours use {{ features | listed }}, and you have not used {{ 'it' if features | length == 1 else 'them' }} lately. Try {{ 'it' if features | length == 1 else 'one of them' }} with one couple this week.
{% else %}
Think of one task that you do by hand for every couple, and see whether WedSync can do it for you.
{% endif %}
$t$,
$t$
{% if features %}
<p>Businesses like yours use {{ features | listed }}, and you have not used {{ 'it' if features | length == 1 else 'them' }} lately. Try {{ 'it' if features | length == 1 else 'one of them' }} with one couple this week.</p>
{% else %}
<p>Think of one task that you do by hand for every couple, and see whether WedSync can do it for you.</p>
{% endif %}
$t$),

('first_client_help', 1, 'supplier', 'Default: in the product, no clients yet', '2000-01-01 00:00+00',
$t$Add your first couple$t$,
$t$WedSync is most useful once a couple is in it. Adding one takes a minute: names, wedding date and an e-mail address. Then you can send them a form and see what comes next. To try things out first, take a wedding that is already behind you.

We will also ring you in the next few days, and are glad to do it together with you.
$t$,
$t$<p>WedSync is most useful once a couple is in it. Adding one takes a minute: names, wedding date and an e-mail address. Then you can send them a form and see what comes next. To try things out first, take a wedding that is already behind you.</p>
<p>We will also ring you in the next few days, and are glad to do it together with you.</p>
$t$);

-- ============ to suppliers: sent by hand ============

insert into public.message_templates (name, version, audience, note, published_at, subject, body_text, body_html) values
('check_in', 1, 'supplier', 'Default: e-mail sent by hand', '2000-01-01 00:00+00',
$t$How is WedSync working for {{ business_name }}?$t$,
$t$Hello {{ first_name or 'there' }},

We would like to know how you are getting on with WedSync. Is there anything that takes longer than it should, or something you miss?

A line or two in reply to this mail is enough. If you would rather talk, tell us when and on which number, and we will ring you.

Kind regards,
{{ sender_name }}
$t$,
$t$<p>Hello {{ first_name or 'there' }},</p>
<p>We would like to know how you are getting on with WedSync. Is there anything that takes longer than it should, or something you miss?</p>
<p>A line or two in reply to this mail is enough. If you would rather talk, tell us when and on which number, and we will ring you.</p>
<p>Kind regards,<br>{{ sender_name }}</p>
$t$),

('upgrade_offer', 1, 'supplier', 'Default: e-mail sent by hand, trial ends', '2000-01-01 00:00+00',
$t${% if trial_ends_on %}Your WedSync trial ends on {{ trial_ends_on }}{% else %}A WedSync plan for {{ business_name }}{% endif %}$t$,
$t$Hello {{ first_name or 'there' }},

{% if trial_ends_on %}
The WedSync trial of {{ business_name }} ends on {{ trial_ends_on }}. To go on working without a break, choose a plan before then.
{% else %}
Thank you for trying WedSync with {{ business_name }}. To go on working with it, choose the plan that suits you.
{% endif %}

If you are not sure which plan fits, or the trial was too short to find out, reply to this mail. We will look at it together, and if WedSync is not right for you, we will say so.

Kind regards,
{{ sender_name }}
$t$,
$t$<p>Hello {{ first_name or 'there' }},</p>
{% if trial_ends_on %}
<p>The WedSync trial of {{ business_name }} ends on <strong>{{ trial_ends_on }}</strong>. To go on working without a break, choose a plan before then.</p>
{% else %}
<p>Thank you for trying WedSync with {{ business_name }}. To go on working with it, choose the plan that suits you.</p>
{% endif %}
<p>If you are not sure which plan fits, or the trial was too short to find out, reply to this mail. We will look at it together, and if WedSync is not right for you, we will say so.</p>
<p>Kind regards,<br>{{ sender_name }}</p>
$t$);

-- ============ to suppliers: milestones ============

-- Read inside the product (subject and text) and, the big ones, as e-mail: so no greeting.
insert into public.message_templates (name, version, audience, note, published_at, subject, body_text, body_html) values
('milestone_first_login', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Welcome to WedSync$t$,
$t$It is good to have {{ business_name }} here. A calm way to begin: finish your set-up, add one couple and send them one form. The rest can wait until you need it.
$t$,
$t$<p>It is good to have {{ business_name }} here. A calm way to begin: finish your set-up, add one couple and send them one form. The rest can wait until you need it.</p>
$t$),

('milestone_onboarding_finished', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Your set-up is finished$t$,
$t$Everything is in place for {{ business_name }}. That was the part with the most typing.

{% if clients_known > 0 %}
A good next step: send one of your couples a form and see how it looks when the answers come back.
{% else %}
A good next step: add your first couple. Names, wedding date and an e-mail address are enough to begin with.
{% endif %}
$t$,
$t$<p>Everything is in place for {{ business_name }}. That was the part with the most typing.</p>
{% if clients_known > 0 %}
<p>A good next step: send one of your couples a form and see how it looks when the answers come back.</p>
{% else %}
<p>A good next step: add your first couple. Names, wedding date and an e-mail address are enough to begin with.</p>
{% endif %}
$t$),

('milestone_first_client', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Your first couple is in WedSync$t$,
$t$From here on everything about their day has one place. Send them a form next, and their answers will be where you need them.
$t$,
$t$<p>From here on everything about their day has one place. Send them a form next, and their answers will be where you need them.</p>
$t$),

('milestone_ten_clients', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Ten couples in WedSync$t$,
$t${{ business_name }} now looks after ten couples with WedSync. Thank you for trusting us with their days.

With this many, it pays to let repeated steps run by themselves: set up a journey once, and every new couple follows it.
$t$,
$t$<p>{{ business_name }} now looks after ten couples with WedSync. Thank you for trusting us with their days.</p>
<p>With this many, it pays to let repeated steps run by themselves: set up a journey once, and every new couple follows it.</p>
$t$),

('milestone_first_form_completed', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Your first form came back$t$,
$t$A couple has filled in a form of yours. Their answers are saved with them, so you will not have to search your mail. The same form works for your next couple too.
$t$,
$t$<p>A couple has filled in a form of yours. Their answers are saved with them, so you will not have to search your mail. The same form works for your next couple too.</p>
$t$),

('milestone_first_journey_completed', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Your first journey is complete$t$,
$t$Every step that was planned is done. Now is a good moment to note what you would change, so that the next couple's journey runs even better.
$t$,
$t$<p>Every step that was planned is done. Now is a good moment to note what you would change, so that the next couple's journey runs even better.</p>
$t$),

('milestone_all_core_features', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$You have put all core features to use$t$,
$t${{ business_name }} has now used every core feature of its plan.

You know WedSync well by now. If something in it could work better for you, tell us: what experienced people miss helps us the most.
$t$,
$t$<p>{{ business_name }} has now used every core feature of its plan.</p>
<p>You know WedSync well by now. If something in it could work better for you, tell us: what experienced people miss helps us the most.</p>
$t$),

('milestone_thirty_active_days', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$Thirty days of work with WedSync$t$,
$t${{ business_name }} has been at work in WedSync thirty days in a row. Thank you for making it part of your week.

If there is one thing that still costs you time every week, tell us. Often there is a quicker way, and we are glad to show it.
$t$,
$t$<p>{{ business_name }} has been at work in WedSync thirty days in a row. Thank you for making it part of your week.</p>
<p>If there is one thing that still costs you time every week, tell us. Often there is a quicker way, and we are glad to show it.</p>
$t$),

('milestone_one_year', 1, 'supplier', 'Default: milestone', '2000-01-01 00:00+00',
$t$One year with WedSync$t$,
$t${{ business_name }} has been with WedSync for a year. Thank you for staying with us through a whole season of weddings.

{% if clients_known > 1 %}
In that time you have brought {{ clients_known }} couples into WedSync. We wish you many good days with the next ones.
{% else %}
We wish you many good days with the couples to come.
{% endif %}
$t$,
$t$<p>{{ business_name }} has been with WedSync for a year. Thank you for staying with us through a whole season of weddings.</p>
{% if clients_known > 1 %}
<p>In that time you have brought {{ clients_known }} couples into WedSync. We wish you many good days with the next ones.</p>
{% else %}
<p>We wish you many good days with the couples to come.</p>
{% endif %}
$t$);

-- ============ to the team ============

insert into public.message_templates (name, version, audience, note, published_at, subject, body_text, body_html) values
('critical_digest', 1, 'team', 'Default: alert to customer success', '2000-01-01 00:00+00',
$t${% if count == 1 and suppliers %}{{ suppliers[0].name }} became critical{% else %}{{ count }} suppliers became critical{% endif %}$t$,
$t${% if count == 1 %}1 supplier{% else %}{{ count }} suppliers{% endif %} became critical (health scores of {{ score_date }}).
{% for supplier in suppliers %}

{{ supplier.name }}
Score {{ supplier.score }}
{%- if supplier.previous_score is not none %}, {% if supplier.score < supplier.previous_score %}down {{ supplier.previous_score - supplier.score }} from{% elif supplier.score > supplier.previous_score %}up {{ supplier.score - supplier.previous_score }} from{% else %}as before:{% endif %} {{ supplier.previous_score }}{% endif +%}
{% for driver in supplier.drivers[:3] %}
- {{ driver }}
{% endfor %}
{% if supplier.note %}
Note: {{ supplier.note }}
{% endif %}
{% if supplier.link != link %}
{{ supplier.link }}
{% endif %}
{% endfor %}
{% if count > suppliers | length %}

{{ count - suppliers | length }} more {{ 'is' if count - suppliers | length == 1 else 'are' }} not listed here.
{% endif %}

All critical suppliers: {{ link }}
$t$,
$t$<h1>{% if count == 1 %}1 supplier{% else %}{{ count }} suppliers{% endif %} became critical</h1>
<p class="quiet" style="color:#586274">Health scores of {{ score_date }}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
{% for supplier in suppliers %}
<tr>
<td class="line" valign="top" style="padding:16px 12px 16px 0;border-top:1px solid #dfe3e9">
<a href="{{ supplier.link }}" style="color:#1f5fbf;font-weight:600">{{ supplier.name }}</a>
{% if supplier.drivers %}
<ul style="margin:8px 0 0;padding-left:20px;font-size:15px">
{% for driver in supplier.drivers[:3] %}
<li style="margin:0 0 4px">{{ driver }}</li>
{% endfor %}
</ul>
{% endif %}
{% if supplier.note %}
<div style="margin:8px 0 0;font-size:15px"><strong>Note:</strong> {{ supplier.note }}</div>
{% endif %}
</td>
<td class="line" valign="top" align="right" width="80" style="padding:16px 0;border-top:1px solid #dfe3e9;line-height:1.3">
<strong class="bad" style="color:#b42318;font-size:20px">{{ supplier.score }}</strong>
{% if supplier.previous_score is not none %}
<div class="quiet" style="color:#586274;font-size:13px">{% if supplier.score < supplier.previous_score %}down {{ supplier.previous_score - supplier.score }}<br>from{% elif supplier.score > supplier.previous_score %}up {{ supplier.score - supplier.previous_score }}<br>from{% else %}as<br>before:{% endif %} {{ supplier.previous_score }}</div>
{% endif %}
</td>
</tr>
{% endfor %}
</table>
{% if count > suppliers | length %}
<p class="line" style="margin:0;padding:16px 0;border-top:1px solid #dfe3e9">{{ count - suppliers | length }} more {{ 'is' if count - suppliers | length == 1 else 'are' }} not listed here.</p>
{% endif %}
<p class="line" style="margin:0;padding:16px 0 0;border-top:1px solid #dfe3e9"><a href="{{ link }}" style="color:#1f5fbf">All critical suppliers</a></p>
$t$);

alter table public.message_templates enable trigger cs_audit;
