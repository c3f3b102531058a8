//! Days and dates of the Gregorian calendar, before its invention too. Day 0 is 1970-01-01.

/// A date. Months and days count from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    /// The year; 0 is the one before 1.
    pub year: i64,
    /// The month.
    pub month: i64,
    /// The day.
    pub day: i64,
}

/// Days of the years before 1970 since 0000-03-01.
const EPOCH_DAYS: i64 = 719_468;
/// Days of 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// Whether a year has a February 29.
#[must_use]
pub const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of a day. Months other than 1 to 12 are not known here.
///
/// Years begin in March, so that a leap day is the last one: then the days before a month are a linear
/// function, rounded.
#[must_use]
pub const fn days(date: Date) -> i64 {
    let year = if date.month <= 2 {
        date.year - 1
    } else {
        date.year
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = (date.month + 9) % 12;
    let day = (153 * month + 2) / 5 + date.day - 1;
    era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + day - EPOCH_DAYS
}

/// The date of a day.
#[must_use]
pub const fn date(days: i64) -> Date {
    let shifted = days + EPOCH_DAYS;
    let era = shifted.div_euclid(ERA_DAYS);
    let day_of_era = shifted.rem_euclid(ERA_DAYS);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let is_next = month >= 10;
    Date {
        year: era * 400 + year_of_era + is_next as i64,
        month: if is_next { month - 9 } else { month + 3 },
        day: day_of_year - (153 * month + 2) / 5 + 1,
    }
}

/// The day of the week, 0 for Sunday.
#[must_use]
pub const fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// The day of the year, 0 for January 1.
#[must_use]
pub const fn day_of_year(date: Date) -> i64 {
    days(date)
        - days(Date {
            year: date.year,
            month: 1,
            day: 1,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_thousand_years_is_the_one_after_the_day_before() {
        let mut expected = Date {
            year: -2000,
            month: 1,
            day: 1,
        };
        let start = days(expected);
        for number in start..start + 4000 * 365 {
            assert_eq!(date(number), expected);
            assert_eq!(days(expected), number);
            let february = if is_leap(expected.year) { 29 } else { 28 };
            let last = match expected.month {
                2 => february,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected.day += 1;
            if expected.day > last {
                (expected.day, expected.month) = (1, expected.month + 1);
            }
            if expected.month > 12 {
                (expected.month, expected.year) = (1, expected.year + 1);
            }
        }
    }

    #[test]
    fn known_days() {
        let epoch = Date {
            year: 1970,
            month: 1,
            day: 1,
        };
        assert_eq!((days(epoch), weekday(0), day_of_year(epoch)), (0, 4, 0));
        let leap_day = Date {
            year: 2000,
            month: 2,
            day: 29,
        };
        assert_eq!((days(leap_day), day_of_year(leap_day)), (11_016, 59));
    }
}
