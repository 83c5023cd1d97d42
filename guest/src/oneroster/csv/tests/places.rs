//! Pages: wherever a file is cut, every row comes once and whole.

use super::*;
use crate::roster::User;

fn read_users(files: &[(&str, &[u8])], page_size: u32) -> (Vec<User>, Vec<String>, usize) {
    let pages = pages(files, Collection::Users, page_size, &[]).expect("readable");
    let noted = pages
        .iter()
        .flat_map(|page| page.findings.iter().map(|f| f.detail.clone()));
    let (noted, count) = (noted.collect(), pages.len());
    let users = pages.into_iter().flat_map(|page| match page.records {
        Records::Users(users) => users,
        other => panic!("users, not {other:?}"),
    });
    (users.collect(), noted, count)
}

/// 500 users of 1.2, some rows odd, and roles that `order` sorts.
fn large(order: impl Fn(usize) -> usize) -> (String, String) {
    let mut users = String::from("\u{feff}sourcedId,givenName,familyName,email\r\n");
    let mut roles: Vec<(usize, String)> = Vec::new();
    for n in 0..500 {
        match n % 50 {
            7 => users.push_str(&format!("u{n},\"Two\r\nLines\",\"Sm\"\"ith, {n}\",\r\n")),
            13 => users.push_str(&format!("u{n},Ada,Byron,a,b,c,d\r\n\r\n")),
            21 => users.push_str(&format!("u{n},\"Ada,Byron,\r\n")),
            _ => users.push_str(&format!("u{n},Gîvén{n},Family,u{n}@x.example\r\n")),
        }
        roles.push((order(n), format!("r{n},u{n},primary,student,s1\n")));
        if n % 10 == 0 {
            roles.push((order(n) + 1, format!("q{n},u{n},secondary,student,d\n")));
        }
    }
    roles.sort();
    let roles: String = roles.into_iter().map(|(_, row)| row).collect();
    (
        users,
        format!("sourcedId,userSourcedId,roleType,role,orgSourcedId\n{roles}"),
    )
}

#[test]
fn pages_of_any_size_give_the_same_rows_and_the_same_lines() {
    let orders: [fn(usize) -> usize; 3] = [|n| n, |n| 1000 - n, |n| n * 7919 % 1009];
    for order in orders {
        let (users, roles) = large(order);
        let files = bundle(&[
            ("users.csv", users.as_bytes()),
            ("roles.csv", roles.as_bytes()),
        ]);
        let (expected, noted, _) = read_users(&files, 10_000);
        assert_eq!(expected.len(), 480);
        assert_eq!(noted.len(), 30, "{noted:?}");
        assert!(expected.iter().all(|user| !user.roles.is_empty()));
        for size in [1, 2, 3, 7, 49, 50, 499, 500, 501] {
            let (users, lines, pages) = read_users(&files, size);
            assert_eq!(users, expected, "pages of {size}");
            assert_eq!(lines, noted, "pages of {size}");
            assert!(pages <= 501);
        }
    }
}

#[test]
fn a_file_of_1_1_is_cut_where_rows_end() {
    let (users, _) = large(|n| n);
    let text = users.replace("familyName,email\r\n", "familyName,role\r\n");
    let files = bundle(&[("users.csv", text.as_bytes())]);
    let (expected, noted, pages) = read_users(&files, 10_000);
    assert_eq!(pages, 1);
    for size in [1, 13, 50, 499] {
        let (users, lines, _) = read_users(&files, size);
        assert_eq!(users, expected, "pages of {size}");
        assert_eq!(lines, noted, "pages of {size}");
    }
}

#[test]
fn a_file_larger_than_what_is_read_at_once_is_read_whole() {
    let mut text = String::from("sourcedId,role,orgSourcedIds,givenName,familyName\n");
    let long = "x".repeat(900);
    for n in 0..3000 {
        text.push_str(&format!("u{n},student,s1,\"Gi\"\"ven\",{long}\n"));
    }
    let files = bundle(&[("users.csv", text.as_bytes())]);
    let (users, noted, _) = read_users(&files, 700);
    assert_eq!(users.len(), 3000);
    assert_eq!(noted, Vec::<String>::new());
    assert!(
        users
            .iter()
            .all(|user| user.family_name.as_deref() == Some(long.as_str()))
    );
}

#[test]
fn a_user_who_stands_twice_has_the_roles_on_both_pages() {
    let users = "sourcedId,givenName\nu1,Ada\nu2,Bo\nu1,Ada\n";
    let roles = "sourcedId,userSourcedId,role,orgSourcedId\nr1,u1,student,s1\nr2,u2,student,s1\n";
    let files = bundle(&[
        ("users.csv", users.as_bytes()),
        ("roles.csv", roles.as_bytes()),
    ]);
    for size in [1, 2, 3] {
        let (users, noted, _) = read_users(&files, size);
        assert_eq!((users.len(), noted.len()), (3, 0), "pages of {size}");
    }
}
