use super::*;
use crate::domain::id::DisputeId;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn key(name: u8) -> ReportKey {
    ReportKey([name; 16])
}

fn span(from: i64, until: i64, card_seconds: i64) -> Step {
    Step::Span {
        from: at(from),
        until: at(until),
        card_seconds,
    }
}

fn reading(started_at: i64, read_at: i64, card_seconds: i64) -> Step {
    Step::Reading {
        started_at: at(started_at),
        at: at(read_at),
        card_seconds,
    }
}

fn after(steps: &[(u8, Step)]) -> Metering {
    let mut metering = Metering::default();
    for &(name, step) in steps {
        metering.take(key(name), step, Taken::default());
    }
    metering
}

fn mark(until: i64) -> Mark {
    Mark {
        place: 1,
        until: at(until),
    }
}

#[test]
fn touching_spans_merge_and_part_again() {
    let mut metering = after(&[
        (1, span(4, 6, 1)),
        (2, span(0, 2, 1)),
        (3, span(8, 9, 1)),
        (4, span(2, 4, 1)),
    ]);
    assert_eq!(metering.covered(), [(at(0), at(6)), (at(8), at(9))]);
    assert_eq!(metering.gaps((at(0), at(12))), [(at(6), at(8)), (at(9), at(12))]);
    assert!(metering.overlaps((at(5), at(7))) && !metering.overlaps((at(6), at(8))));
    metering.take(key(5), Step::Withdrawal { of: key(4) }, Taken::default());
    assert_eq!(metering.covered(), [(at(0), at(2)), (at(4), at(6)), (at(8), at(9))]);
    assert_eq!(metering.due_by(at(20)), 3);
    assert_eq!(metering.named(key(4)), Err(Unnamed::Changed));
    assert_eq!(metering.named(key(5)), Err(Unnamed::Withdrawn));
}

#[test]
fn what_changes_after_it_was_counted_is_counted_as_a_difference() {
    let mut metering = after(&[(1, span(0, 2, 10)), (2, span(2, 4, 20))]);
    assert_eq!(metering.due_by(at(3)), 10);
    metering.count(mark(3));
    assert_eq!((metering.due_by(at(9)), metering.counted()), (20, 10));
    let correction = Step::Correction {
        of: key(1),
        card_seconds: 7,
    };
    let outcome = metering.take(key(3), correction, Taken::default());
    assert_eq!((outcome.counts, metering.due_by(at(9))), (-3, 17));
    metering.count(mark(9));
    assert_eq!((metering.is_counted(), metering.counted()), (true, 27));
    metering.forget(at(2));
    assert_eq!((metering.find(key(1)), metering.counted()), (None, 27));
    assert!(!metering.is_known(key(3)), "its report is forgotten");
}

#[test]
fn a_reading_counts_what_came_since_the_one_before_and_a_late_one_changes_no_total() {
    let in_order = after(&[(1, reading(0, 10, 5)), (2, reading(0, 20, 9)), (3, reading(0, 30, 16))]);
    let late = after(&[(3, reading(0, 30, 16)), (1, reading(0, 10, 5)), (2, reading(0, 20, 9))]);
    assert_eq!(in_order, late);
    assert_eq!(in_order.due_by(at(20)), 9);
    assert_eq!(in_order.covered(), [(at(0), at(30))]);
    // Another start is another counter; what lies between is a gap.
    let mut reset = in_order;
    reset.take(key(4), reading(35, 40, 3), Taken::default());
    assert_eq!(
        (reset.due_by(at(40)), reset.gaps((at(0), at(40)))),
        (19, vec![(at(30), at(35))])
    );
    let around = reset.around(at(0), at(25), None).unwrap();
    assert_eq!((around.before, around.after), ((at(20), 9), Some((at(30), 16))));
    assert_eq!(reset.around(at(0), at(20), None), None, "there is one");
}

#[test]
fn readings_are_corrected_and_withdrawn_without_touching_what_comes_after() {
    let mut metering = after(&[(1, reading(0, 10, 5)), (2, reading(0, 20, 9)), (3, reading(0, 30, 16))]);
    let correction = Step::Correction {
        of: key(2),
        card_seconds: 12,
    };
    assert_eq!(metering.take(key(4), correction, Taken::default()).counts, 0);
    assert_eq!((metering.due_by(at(20)), metering.due_by(at(30))), (12, 16));
    let withdrawal = Step::Withdrawal { of: key(4) };
    assert_eq!(metering.take(key(5), withdrawal, Taken::default()).counts, 0);
    assert_eq!((metering.due_by(at(20)), metering.due_by(at(30))), (5, 16));
    let last = metering.take(key(6), Step::Withdrawal { of: key(3) }, Taken::default());
    assert_eq!((last.counts, metering.covered()), (-11, [(at(0), at(10))].as_slice()));
    assert_eq!(metering.register(at(0)).map(|register| register.total), Some(5));
    metering.take(key(7), Step::Withdrawal { of: key(1) }, Taken::default());
    assert_eq!((metering.due_by(at(30)), metering.register(at(0))), (0, None));
}

#[test]
fn counters_go_on_after_their_readings_were_forgotten() {
    let mut metering = after(&[(1, reading(0, 10, 5)), (2, reading(0, 20, 9))]);
    metering.count(mark(20));
    metering.forget(at(10));
    let mut all = metering.clone();
    all.forget(at(20));
    for mut metering in [metering, all] {
        metering.take(key(3), reading(0, 30, 16), Taken::default());
        assert_eq!((metering.due_by(at(30)), metering.counted()), (7, 9));
    }
}

#[test]
fn a_dispute_holds_back_so_much_and_lets_it_go_again() {
    let mut metering = after(&[(1, span(0, 10, 100)), (2, span(10, 20, 100))]);
    metering.count(mark(10));
    let hold = |counts_at, card_seconds| Step::Hold {
        dispute: DisputeId(1),
        from: at(0),
        until: at(20),
        counts_at: at(counts_at),
        card_seconds,
    };
    metering.take(key(3), hold(10, 100), Taken::default());
    metering.take(key(4), hold(20, 30), Taken::default());
    assert_eq!((metering.due_by(at(10)), metering.due_by(at(20))), (-100, -30));
    assert!(metering.is_disputed() && metering.is_disputed_in((at(19), at(25))));
    assert_eq!(metering.held_by(&metering.held()[0]), 130);
    assert_eq!(
        metering.reports_in((at(0), at(20))).map(|reports| reports.len()),
        Some(2)
    );
    assert_eq!(
        metering.reports_in((at(5), at(20))),
        None,
        "a report crosses the border"
    );
    let release = Step::Release {
        dispute: DisputeId(1),
        card_seconds: 110,
    };
    assert_eq!(metering.take(key(5), release, Taken::default()).counts, 20);
    assert!(!metering.is_disputed() && metering.is_disputed_in((at(0), at(1))));
    metering.count(mark(20));
    assert_eq!(metering.counted(), 90);
}

#[test]
fn usage_is_accepted_by_the_tenant_or_by_time() {
    let hour = 3_600_000_000;
    let mut metering = Metering::default();
    let taken = |when: i64| Taken {
        at: at(when),
        deadline: at(when + 2 * hour),
    };
    metering.take(key(1), span(0, 10, 1), taken(hour));
    metering.take(key(2), span(10, 20, 1), taken(2 * hour));
    let first = |metering: &Metering, now| metering.acceptance().first_open(at(now));
    assert_eq!(first(&metering, 2 * hour), Some(at(0)));
    assert_eq!(
        first(&metering, 3 * hour),
        Some(at(10)),
        "the first was accepted in silence"
    );
    metering.take(key(3), Step::Acceptance { until: at(15) }, taken(2 * hour));
    assert_eq!(first(&metering, 2 * hour), Some(at(15)));
    // What is said late of a time that was accepted is open again.
    metering.take(key(4), span(-5, 0, 1), taken(2 * hour));
    assert_eq!(first(&metering, 2 * hour), Some(at(-5)));
    assert_eq!(first(&metering, 4 * hour), None);
}
