-- Who may execute which function. Nobody may by themselves: a new function is named here, or only
-- triggers and other functions with the owner's rights reach it.

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on function public.roll_up_step, public.save_daily_figures, public.begin_run,
  public.renew_lease, public.finish_run, public.newest_daily_run, public.request_run,
  public.note_run_request, public.measure_page, public.save_page, public.unsubscribe,
  public.queue_mail, public.claim_mail, public.note_mail, public.release_mail, public.retry_mail,
  public.store_attachment, public.mail_attachment, public.stop_digest,
  public.digest_readers, public.queue_digest, public.digest_facts, public.cancel_for_left,
  public.message_facts, public.messages_to_write, public.feature_users, public.save_written,
  public.claim_mail_of, public.waiting_zones, public.put_off, public.pending_alerts,
  public.save_alerts, public.request_intervention, public.cancel_intervention,
  public.retry_intervention, public.preview_bulk, public.request_bulk, public.time_zones_of,
  public.undo_bulk, public.bulk_state, public.claim_call, public.release_call, public.snooze_call,
  public.reopen_call, public.ended_calls, public.add_note, public.call_queue, public.count_calls,
  public.count_queue, public.assign_owner, public.undo_owners, public.newest_bulk,
  public.close_bulks, public.open_web_session, public.read_web_session,
  public.claim_web_session_refresh, public.reseal_web_session, public.end_web_session,
  public.end_web_sessions_of, public.take_attempts, public.forget_attempts, public.list_people,
  public.give_role, public.remove_person, public.end_sessions_of_person, public.run_queries,
  public.fingerprint, public.today, public.daily_levels, public.movers,
  public.last_scored, public.recent_milestones, public.count_calls_made, public.count_milestones,
  public.find_suppliers, public.find_supplier_ids, public.count_levels, public.count_suppliers,
  public.supplier_screen, public.filter_choices, public.ordered_supplier_ids,
  public.suppliers_by_id, public.inactive_suppliers, public.supplier_360, public.score_history,
  public.all_scorecards, public.supplier_marks, public.supplier_timeline, public.find_interventions,
  public.count_interventions, public.interventions_of, public.preview_basis,
  public.preview_measures, public.definitions_in_force, public.definition_versions,
  public.publish_definition, public.playbook_figures, public.waiting_messages, public.count_capped,
  public.queue_test_mail, public.run_status, public.mail_status,
  public.mail_list, public.data_status, public.audit_page,
  public.audit_choices, public.enter_api, public.claim_api_key, public.keep_api_answer,
  public.release_api_key, public.api_suppliers
  from public, anon, authenticated, service_role;

-- Everybody who writes a supplier runs these, for the indexes; whatever role of the product
-- that is, now or later. They know nothing but the text they are given.
grant execute on function private.unaccented, private.fold, private.search_text
  to public;

-- ============ signed-in people ============

grant execute on function
  private.is_staff, private.is_admin, private.own_supplier_ids, public.request_run,
  public.cancel_intervention, public.retry_intervention, public.undo_bulk, public.claim_call,
  public.release_call, public.snooze_call, public.reopen_call, public.add_note, public.assign_owner,
  public.undo_owners, public.close_bulks, public.list_people, public.give_role, public.remove_person,
  public.end_sessions_of_person, public.preview_basis, public.preview_measures,
  public.waiting_messages, public.count_capped, public.queue_test_mail, public.run_status, public.mail_status, public.data_status,
  public.audit_page, public.audit_choices, private.use_api, public.enter_api
  to authenticated;

-- ============ signed-in people and the program ============

grant execute on function
  private.may_read, private.people, private.names, private.author, private.name_to_export, private.is_active,
  private.utc_date, private.finite, private.same_scorecards, private.scorecards_of, private.week_before,
  private.holds_lease, public.digest_facts, private.has_address, private.takes_mail_slot,
  private.contact_obstacle, public.preview_bulk, public.bulk_state, public.ended_calls, private.titles,
  public.call_queue, public.count_calls, public.count_queue, public.newest_bulk, public.mail_list,
  public.retry_mail, public.run_queries, public.fingerprint, private.score_of, private.day_score,
  private.last_contact, private.playbook_title, private.playbook_titles,
  private.scorecard_changed_on, public.today, private.figures_json, public.daily_levels, public.movers,
  public.last_scored, public.recent_milestones, public.count_calls_made, public.count_milestones,
  private.search_suppliers, private.text_array, private.contacted_query, private.quiet_condition,
  private.supplier_conditions, private.found_by_text, private.supplier_order, private.match_suppliers,
  private.list_suppliers, public.find_suppliers, public.find_supplier_ids, public.count_levels,
  public.count_suppliers, public.supplier_screen, private.distinct_of, public.filter_choices,
  public.ordered_supplier_ids, public.suppliers_by_id, public.inactive_suppliers, public.supplier_360,
  public.score_history, public.all_scorecards, public.supplier_marks, public.supplier_timeline,
  public.find_interventions, public.count_interventions, public.interventions_of,
  public.definitions_in_force, public.definition_versions, public.publish_definition,
  public.playbook_figures, private.active_days, public.api_suppliers
  to authenticated, service_role;

-- ============ the program ============

grant execute on function
  private.to_us, private.from_us, private.ensure_history_partitions, private.roll_up_events,
  private.restamp_restored_events, public.roll_up_step, private.slice_start, private.slice_end,
  private.measures_by, private.measures, private.note_figures, private.note_movers,
  private.note_week_changes, private.note_day, public.save_daily_figures, private.require_lease,
  public.begin_run, public.renew_lease, public.finish_run, public.newest_daily_run, public.note_run_request,
  private.choose_suppliers, public.measure_page, private.to_page_scores, private.save_transitions,
  private.mend_following_day, private.save_scores, public.save_page, private.unsubscribe_token,
  public.unsubscribe, private.digest_token, public.queue_mail, private.wants_digest, private.mail_in_hand,
  private.mail_obstacle, private.current_address,
  public.claim_mail, public.note_mail, public.release_mail, public.store_attachment, public.mail_attachment,
  public.stop_digest, private.sign_in_addresses, public.digest_readers, public.queue_digest,
  private.milestone_facts, private.outreach_facts, private.save_milestones, private.close_calls,
  private.open_calls, private.add_reasons, private.save_contacts, private.note_alerts,
  public.cancel_for_left, public.message_facts, public.messages_to_write, public.feature_users,
  private.save_message, public.save_written, public.claim_mail_of, private.keeps_quiet_hours,
  public.waiting_zones, public.put_off, public.pending_alerts, public.save_alerts, private.answer_request,
  public.request_intervention, public.request_bulk, public.time_zones_of, public.open_web_session,
  public.read_web_session, public.claim_web_session_refresh, public.reseal_web_session,
  public.end_web_session, public.end_web_sessions_of, public.take_attempts, public.forget_attempts,
  public.claim_api_key, public.keep_api_answer, public.release_api_key
  to service_role;
grant usage on type private.page_score to service_role;
