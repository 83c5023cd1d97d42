//! Prints how many rows a second the generator makes on one thread.

use std::hint::black_box;
use std::time::Instant;

use district::{Collection, District, Spec};

fn main() {
    let people = std::env::args().nth(1).and_then(|n| n.parse().ok());
    let people = people.unwrap_or(300_000);
    let district = District::new(Spec {
        people,
        ..Spec::default()
    });
    let time = |name: &str, rows: usize, work: &dyn Fn()| {
        let start = Instant::now();
        work();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name}: {rows} rows in {seconds:.2} s, {:.0} rows/s",
            rows as f64 / seconds
        );
    };
    time("users", district.len(Collection::Users), &|| {
        district.users().for_each(|user| {
            black_box(user);
        });
    });
    time("classes", district.len(Collection::Classes), &|| {
        district.classes().for_each(|class| {
            black_box(class);
        });
    });
    time(
        "enrollments",
        district.len(Collection::Enrollments),
        &|| {
            district.enrollments().for_each(|row| {
                black_box(row);
            });
        },
    );
    time("directory", district.directory().count(), &|| {
        district.directory().for_each(|row| {
            black_box(row);
        });
    });
}
