//! Tests of the CSV toolkit through its public functions. Names that begin with
//! `trap_` follow the list of what real exports hold.

mod bundles;
mod dirt;
mod manifests;
mod people;
mod places;

use crate::testing::{connection, with_files};
use crate::{Collection, Extent, Failure, Page, PageRequest, Records, Severity};

const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
    d,,,District,district,,\ns1,,,First,school,1,d\n";
const USERS: &str = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n\
    u1,,,true,s1,student,ada,,Ada,Byron,,1,ada@x.example,,,,09,\n";
const CLASSES: &str = "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n\
    c1,,,Maths,09,,A,scheduled,,s1,,,,\n";
const ENROLLMENTS: &str = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n\
    e1,,,c1,s1,u1,student,,,\n";

/// A good bundle of 1.1, with these files in place of its own.
fn bundle<'b>(other: &[(&'b str, &'b [u8])]) -> Vec<(&'b str, &'b [u8])> {
    let own: [(&str, &[u8]); 4] = [
        ("orgs.csv", ORGS.as_bytes()),
        ("users.csv", USERS.as_bytes()),
        ("classes.csv", CLASSES.as_bytes()),
        ("enrollments.csv", ENROLLMENTS.as_bytes()),
    ];
    let mut all = other.to_vec();
    for (name, content) in own {
        if !other.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) {
            all.push((name, content));
        }
    }
    all
}

fn request(collection: Collection, cursor: Option<String>, page_size: u32) -> PageRequest {
    PageRequest {
        collection,
        cursor,
        changed_since: None,
        page_size,
    }
}

/// All pages of a collection, in the order of the file.
fn pages(
    files: &[(&str, &[u8])],
    collection: Collection,
    page_size: u32,
    settings: &[(&str, &str)],
) -> Result<Vec<Page>, Failure> {
    let connection = connection("sftp://sis.example.org/x", settings);
    with_files(files, || {
        let mut pages = Vec::new();
        let mut cursors = std::collections::VecDeque::from([None]);
        while let Some(cursor) = cursors.pop_front() {
            let page = super::read(&connection, &request(collection, cursor, page_size))?;
            let left_out = page
                .findings
                .iter()
                .filter(|f| f.severity == Severity::Error);
            assert_eq!(
                count(&page.records) + left_out.count(),
                page.received as usize
            );
            cursors.extend(page.next.iter().cloned().map(Some));
            pages.push(page);
        }
        Ok(pages)
    })
}

/// Everything of a collection, and what was noted as (code, detail).
fn all(files: &[(&str, &[u8])], collection: Collection) -> (Vec<Records>, Vec<(String, String)>) {
    let pages = pages(files, collection, 100, &[]).expect("readable");
    let noted = pages.iter().flat_map(|page| &page.findings);
    let noted = noted.map(|f| (f.code.clone(), f.detail.clone())).collect();
    (pages.into_iter().map(|page| page.records).collect(), noted)
}

fn users(files: &[(&str, &[u8])]) -> (Vec<crate::roster::User>, Vec<(String, String)>) {
    let (records, noted) = all(files, Collection::Users);
    let users = records.into_iter().flat_map(|records| match records {
        Records::Users(users) => users,
        other => panic!("users, not {other:?}"),
    });
    (users.collect(), noted)
}

/// Users as `id given family`, of a users.csv.
fn names(users_csv: &[u8]) -> (Vec<String>, Vec<(String, String)>) {
    let (users, noted) = users(&bundle(&[("users.csv", users_csv)]));
    let name = |text: &Option<String>| text.clone().unwrap_or_default();
    let line = |u: &crate::roster::User| {
        format!(
            "{} {} {}",
            u.sourced_id,
            name(&u.given_name),
            name(&u.family_name)
        )
    };
    (users.iter().map(line).collect(), noted)
}

fn codes(noted: &[(String, String)]) -> Vec<&str> {
    noted.iter().map(|(code, _)| code.as_str()).collect()
}

fn count(records: &Records) -> usize {
    match records {
        Records::Orgs(list) => list.len(),
        Records::AcademicSessions(list) => list.len(),
        Records::Courses(list) => list.len(),
        Records::Classes(list) => list.len(),
        Records::Users(list) => list.len(),
        Records::Enrollments(list) => list.len(),
    }
}

fn failure(files: &[(&str, &[u8])], collection: Collection) -> Failure {
    pages(files, collection, 100, &[]).expect_err("no page")
}
