//! One test for each case, so that a report names it.

/// Tests by name, each with the folder of its case, and a list of the folders.
macro_rules! cases {
    ($($test:ident = $folder:literal,)*) => {
        $(
            #[test]
            fn $test() {
                scenarios::run($folder);
            }
        )*

        const CASES: &[&str] = &[$($folder),*];
    };
}

cases! {
    t01_email_letter_case = "01-email-letter-case",
    t02_two_users_already = "02-two-users-already",
    t03_invisible_characters = "03-invisible-characters",
    t04_unicode_forms = "04-unicode-forms",
    t05_plus_tag = "05-plus-tag",
    t06_gmail_dots = "06-gmail-dots",
    t07_domain_alias_and_rename = "07-domain-alias-and-rename",
    t08_local_part_in_two_domains = "08-local-part-in-two-domains",
    t09_no_usable_email = "09-no-usable-email",
    t10_emails_swapped = "10-emails-swapped",
    t11_email_reused_after_a_leaver = "11-email-reused-after-a-leaver",
    t12_name_and_email_change = "12-name-and-email-change",
    t13_shared_family_email = "13-shared-family-email",
    t14_teacher_and_parent = "14-teacher-and-parent",
    t15_twins = "15-twins",
    t16_siblings_typo = "16-siblings-typo",
    t17_leading_zeros = "17-leading-zeros",
    t18_ids_differ_in_case = "18-ids-differ-in-case",
    t19_same_id_in_two_districts = "19-same-id-in-two-districts",
    t20_id_reused = "20-id-reused",
    t21_student_id_to_student_number = "21-student-id-to-student-number",
    t22_all_ids_of_a_school_changed = "22-all-ids-of-a-school-changed",
    t23_student_in_two_schools = "23-student-in-two-schools",
    t24_returns_much_later = "24-returns-much-later",
    t25_tombstone_then_back = "25-tombstone-then-back",
    t26_priorities_in_any_order = "26-priorities-in-any-order",
    t27_equal_priorities = "27-equal-priorities",
    t28_higher_source_loses_a_value = "28-higher-source-loses-a-value",
    t29_higher_source_vanishes = "29-higher-source-vanishes",
    t30_pinned_attribute = "30-pinned-attribute",
    t31_key_that_cannot_fit = "31-key-that-cannot-fit",
    t32_attach_only = "32-attach-only",
    t33_order_of_arrival = "33-order-of-arrival",
    t34_second_run_changes_nothing = "34-second-run-changes-nothing",
    t35_no_chain_merge = "35-no-chain-merge",
    t36_unmerge_restores_both = "36-unmerge-restores-both",
    t37_merge_moves_everything = "37-merge-moves-everything",
    t38_duplicates_in_one_source = "38-duplicates-in-one-source",
    t39_order_of_many = "39-order-of-many",
    t40_explain = "40-explain",
    a08_draft_enabled_disabled = "a08-draft-enabled-disabled",
    a09_edit_endpoint = "a09-edit-endpoint",
    a10_reset = "a10-reset",
    a11_add_again_under_another_name = "a11-add-again-under-another-name",
    a11_add_again_with_the_versioned_path = "a11-add-again-with-the-versioned-path",
    a11_another_source_of_the_same_name = "a11-another-source-of-the-same-name",
    a11_delete_and_add_again = "a11-delete-and-add-again",
    a12_exclude_schools = "a12-exclude-schools",
    b01_classrooms_off = "b01-classrooms-off",
    b02_respect_enrolment_date = "b02-respect-enrolment-date",
    b03_respect_academic_sessions = "b03-respect-academic-sessions",
    b04_parents = "b04-parents",
    b05_merge_priority = "b05-merge-priority",
    b06_merge_key_exact = "b06-merge-key-exact",
    b08_compatibility = "b08-compatibility",
    b09_limits = "b09-limits",
    b11_archived_students_archive = "b11-archived-students-archive",
    b11_archived_students_ignore = "b11-archived-students-ignore",
    b11_archived_students_import = "b11-archived-students-import",
    b12_phone_column = "b12-phone-column",
    b13_deletion_threshold = "b13-deletion-threshold",
    b13_deletion_threshold_per_school = "b13-deletion-threshold-per-school",
    b14_guardians_file = "b14-guardians-file",
    b15_unarchive_classes = "b15-unarchive-classes",
    b16_update_contacts = "b16-update-contacts",
    b16_update_language = "b16-update-language",
    d02_accounting = "d02-accounting",
    d05_incomplete_school = "d05-incomplete-school",
    d06_empty_input = "d06-empty-input",
    d07_approve_after_the_base_moved = "d07-approve-after-the-base-moved",
    d07_discard = "d07-discard",
    d07_preview_and_approve = "d07-preview-and-approve",
    d07_undo = "d07-undo",
    d07_undo_mended_source = "d07-undo-mended-source",
    d07_undo_out_of_order = "d07-undo-out-of-order",
    d07_undo_then_something_else = "d07-undo-then-something-else",
    d08_match_and_never_match = "d08-match-and-never-match",
    d09_other_vendor_same_school = "d09-other-vendor-same-school",
    x01_two_directories = "x01-two-directories",
    x02_two_integrations = "x02-two-integrations",
    x03_enabled_user_false = "x03-enabled-user-false",
    x04_new_ids_with_old_ones_named = "x04-new-ids-with-old-ones-named",
    x05_odd_emails = "x05-odd-emails",
    x06_enrolled_twice = "x06-enrolled-twice",
    x07_circles_and_gaps = "x07-circles-and-gaps",
    x08_everybodys_email_changes = "x08-everybodys-email-changes",
    x09_undo_a_directory_import = "x09-undo-a-directory-import",
    x11_short_addresses = "x11-short-addresses",
    x12_id_given_away_overnight = "x12-id-given-away-overnight",
    x13_unmerge_inside_one_source = "x13-unmerge-inside-one-source",
    x14_approving_a_run_that_was_overtaken = "x14-approving-a-run-that-was-overtaken",
    x15_undo_then_another_source = "x15-undo-then-another-source",
}

/// A case that nobody plays would pass for ever.
#[test]
fn every_case_is_played() {
    let mut played = CASES.to_vec();
    played.sort_unstable();
    assert_eq!(scenarios::listed(), played);
}
