//! Working days of a jurisdiction.

use crate::domain::calendar::{Calendar, Day, WORKING_DAYS_MAX};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Sets the calendar of a year; it replaces the one before.
pub fn set(state: &mut State, events: &mut Vec<Event>, calendar: Calendar) -> Result<(), Rejection> {
    check(&calendar)?;
    let key = (calendar.jurisdiction.clone(), calendar.year);
    if !state.calendars.contains_key(&key) && state.calendars.len() >= limits::CALENDARS_MAX {
        return Err(Rejection::Limit("at most 4000 calendars of working days are kept"));
    }
    events.push(Event::CalendarSet(Box::new(calendar.clone())));
    state.calendars.insert(key, calendar);
    Ok(())
}

/// Days must lie in the year, and each is said once; only weekends are worked instead.
pub fn check(calendar: &Calendar) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let digits = calendar.jurisdiction.bytes().all(|digit| digit.is_ascii_digit());
    errors.require(
        digits && calendar.jurisdiction.len() <= 6,
        "/jurisdiction",
        FieldRule::Malformed,
        "must be at most 6 digits of GB/T 2260, or empty for the whole country",
    );
    errors.require(
        (1991..=9998).contains(&calendar.year),
        "/year",
        FieldRule::TooSmall,
        "must lie between 1991 and 9998",
    );
    let mut seen: Vec<Day> = Vec::new();
    for (list, days) in [("holidays", &calendar.holidays), ("workdays", &calendar.workdays)] {
        errors.require(
            days.len() <= 366,
            &format!("/{list}"),
            FieldRule::TooMany,
            "must have at most 366 days",
        );
        for (index, day) in days.iter().enumerate().take(366) {
            let pointer = format!("/{list}/{index}");
            errors.require(
                day.year() == calendar.year,
                &pointer,
                FieldRule::Malformed,
                "must lie in the year",
            );
            errors.require(!seen.contains(day), &pointer, FieldRule::Duplicate, "is named twice");
            errors.require(
                list == "holidays" || day.is_weekend(),
                &pointer,
                FieldRule::Malformed,
                "must be a Saturday or a Sunday: other days are worked anyway",
            );
            seen.push(*day);
        }
    }
    errors.check()
}

/// The calendar of a year: that of the longest prefix of the jurisdiction that has one.
fn of_year<'a>(state: &'a State, jurisdiction: &str, year: i32) -> Option<&'a Calendar> {
    let prefixes = (0..=jurisdiction.len())
        .rev()
        .filter_map(|length| jurisdiction.get(..length));
    prefixes
        .filter_map(|prefix| state.calendars.get(&(prefix.to_owned(), year)))
        .next()
}

/// The instant at which `working_days` whole working days have passed after the day of `at`: the midnight in Shanghai at the
/// end of the last one. The day of `at` itself does not count.
pub fn after_working_days(
    state: &State,
    (jurisdiction, working_days): (&str, u32),
    at: Timestamp,
) -> Result<Timestamp, Rejection> {
    let outside = || Rejection::Overflow;
    if working_days > WORKING_DAYS_MAX {
        return Err(Rejection::Limit("a public notice has at most 250 working days"));
    }
    let mut day = Day::of(at).ok_or_else(outside)?;
    let mut left = working_days;
    while left > 0 {
        day = day.next().ok_or_else(outside)?;
        let calendar = of_year(state, jurisdiction, day.year()).ok_or(Rejection::CalendarMissing(day.year()))?;
        if calendar.is_working(day) {
            left -= 1;
        }
    }
    Ok(day.next().ok_or_else(outside)?.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> Vec<Day> {
        text.split_whitespace().map(|day| day.parse().unwrap()).collect()
    }

    fn range(first: &str, count: usize) -> Vec<Day> {
        let first = first.parse::<Day>().ok();
        std::iter::successors(first, |day| day.next()).take(count).collect()
    }

    fn with_2026() -> State {
        let mut state = State::default();
        let holidays = [
            range("2026-01-01", 3),
            range("2026-02-15", 9),
            range("2026-04-04", 3),
            range("2026-05-01", 5),
            range("2026-06-19", 3),
            range("2026-09-25", 3),
            range("2026-10-01", 7),
        ];
        let calendar = Calendar {
            jurisdiction: String::new(),
            year: 2026,
            holidays: holidays.concat(),
            workdays: days("2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"),
        };
        set(&mut state, &mut Vec::new(), calendar).unwrap();
        state
    }

    /// Published then, so many working days: the notice ends with that day.
    #[test]
    fn a_notice_ends_with_its_last_working_day() {
        let state = with_2026();
        let table = [
            // A plain week: Monday to Friday.
            ("2026-03-02T01:00:00Z", 4, "2026-03-06"),
            ("2026-03-02T01:00:00Z", 5, "2026-03-09"),
            // The day begins at midnight in Shanghai, 16:00 UTC.
            ("2026-03-02T15:59:59Z", 1, "2026-03-03"),
            ("2026-03-02T16:00:00Z", 1, "2026-03-04"),
            // Spring Festival: Saturday the 14th is worked, the 15th to the 23rd are off.
            ("2026-02-12T04:00:00Z", 1, "2026-02-13"),
            ("2026-02-12T04:00:00Z", 2, "2026-02-14"),
            ("2026-02-12T04:00:00Z", 3, "2026-02-24"),
            // Saturday the 28th is worked as well.
            ("2026-02-25T04:00:00Z", 3, "2026-02-28"),
            ("2026-02-25T04:00:00Z", 4, "2026-03-02"),
            // Published on a holiday.
            ("2026-10-03T04:00:00Z", 3, "2026-10-10"),
            ("2026-10-03T04:00:00Z", 4, "2026-10-12"),
            // No working day at all: the notice ends with the day of publication.
            ("2026-03-02T01:00:00Z", 0, "2026-03-02"),
        ];
        for (at, count, last) in table {
            let until = after_working_days(&state, ("3301", count), at.parse().unwrap()).unwrap();
            let last: Day = last.parse().unwrap();
            assert_eq!(until, last.next().unwrap().start(), "{count} working days after {at}");
        }
    }

    #[test]
    fn a_year_without_a_calendar_is_named() {
        let state = with_2026();
        let late = "2026-12-30T04:00:00Z".parse().unwrap();
        assert!(after_working_days(&state, ("3301", 1), late).is_ok());
        assert_eq!(
            after_working_days(&state, ("3301", 2), late),
            Err(Rejection::CalendarMissing(2027))
        );
    }

    #[test]
    fn a_city_has_its_own_calendar_before_the_country() {
        let mut state = with_2026();
        let own = Calendar {
            jurisdiction: "33".to_owned(),
            year: 2026,
            holidays: days("2026-03-03"),
            workdays: Vec::new(),
        };
        set(&mut state, &mut Vec::new(), own).unwrap();
        let at = "2026-03-02T01:00:00Z".parse().unwrap();
        let last = |place| after_working_days(&state, (place, 1), at).map(|until| until.to_string());
        assert_eq!(last("3301"), Ok("2026-03-04T16:00:00Z".to_owned()));
        assert_eq!(last("4403"), Ok("2026-03-03T16:00:00Z".to_owned()));
    }

    #[test]
    fn a_calendar_says_each_day_of_its_year_once() {
        let calendar = Calendar {
            jurisdiction: "hz".to_owned(),
            year: 2026,
            holidays: days("2025-12-31 2026-01-01 2026-01-01"),
            workdays: days("2026-01-05"),
        };
        let Err(Rejection::Invalid(errors)) = check(&calendar) else {
            panic!("must be refused")
        };
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/jurisdiction", "/holidays/0", "/holidays/2", "/workdays/0"]);
    }
}
