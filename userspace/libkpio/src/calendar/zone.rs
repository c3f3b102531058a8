//! What a TZ string says: the names of one or two kinds of time, their offsets, and when they change.
//!
//! Source: POSIX, "Environment Variables", TZ.

use super::date::{self, Date, is_leap};
use super::{DAY_S, Offset};

/// The longest name. Source: musl, TZNAME_MAX.
pub const NAME_MAX: usize = 6;

/// A name of a kind of time, with its NUL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Name {
    /// The bytes.
    pub text: [u8; NAME_MAX + 1],
}

impl Name {
    /// A name, cut if it is too long.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut name = Self::default();
        for (to, from) in name.text.iter_mut().take(NAME_MAX).zip(bytes) {
            *to = *from;
        }
        name
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let end = self.text.iter().position(|byte| *byte == 0);
        self.text.get(..end.unwrap_or(NAME_MAX)).unwrap_or_default()
    }
}

/// The day of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Day {
    /// `Mm.w.d`: the weekday of a week of a month; week 5 is the last.
    Month { month: i64, week: i64, weekday: i64 },
    /// `Jn`: from 1, February 29 not counted.
    Julian(i64),
    /// `n`: from 0.
    Number(i64),
}

/// When a kind of time begins, in the time that was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rule {
    day: Day,
    time_s: i64,
}

/// Two in the morning.
const DEFAULT_TIME_S: i64 = 7200;

/// What holds without rules: those of the United States, as in other systems.
const DEFAULT_RULES: [Rule; 2] = [
    Rule {
        day: Day::Month {
            month: 3,
            week: 2,
            weekday: 0,
        },
        time_s: DEFAULT_TIME_S,
    },
    Rule {
        day: Day::Month {
            month: 11,
            week: 1,
            weekday: 0,
        },
        time_s: DEFAULT_TIME_S,
    },
];

impl Rule {
    /// When it is, in seconds of local time since the epoch.
    fn moment(&self, year: i64) -> i64 {
        let first = |month| {
            date::days(Date {
                year,
                month,
                day: 1,
            })
        };
        let day = match self.day {
            Day::Number(number) => first(1) + number,
            Day::Julian(number) => {
                let is_behind = number >= 60 && is_leap(year);
                first(1) + number - 1 + i64::from(is_behind)
            }
            Day::Month {
                month,
                week,
                weekday,
            } => {
                let start = first(month);
                let ahead = (weekday - date::weekday(start)).rem_euclid(7);
                let day = start + ahead + 7 * (week - 1);
                let end = if month == 12 {
                    start + 31
                } else {
                    first(month + 1)
                };
                if day >= end { day - 7 } else { day }
            }
        };
        day * DAY_S + self.time_s
    }
}

/// A time zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zone {
    /// The name of standard time.
    pub standard: Name,
    /// Seconds *west* of UTC in standard time, as TZ has it.
    pub west_s: i64,
    /// Daylight saving time, if there is any.
    pub daylight: Option<Daylight>,
}

/// Daylight saving time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Daylight {
    /// Its name.
    pub name: Name,
    /// Seconds west of UTC.
    pub west_s: i64,
    /// When it begins and ends.
    rules: [Rule; 2],
}

impl Zone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            standard: Name::new(b"UTC"),
            west_s: 0,
            daylight: None,
        }
    }

    /// Reads a TZ string; none if it is not of this form.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let standard = reader.name()?;
        let is_utc = matches!(standard.bytes(), b"UTC" | b"GMT");
        let west_s = match reader.offset() {
            Some(offset) => offset,
            None if is_utc && reader.rest.is_empty() => 0,
            None => return None,
        };
        let daylight = match reader.name() {
            None => None,
            Some(name) => {
                let other = reader.offset().unwrap_or(west_s - 3600);
                Some(Daylight {
                    name,
                    west_s: other,
                    rules: reader.rules().unwrap_or(DEFAULT_RULES),
                })
            }
        };
        Some(Self {
            standard,
            west_s,
            daylight,
        })
    }

    /// What holds at a moment; `is_local` says that it is given in local time, as if it were UTC.
    #[must_use]
    pub fn at(&self, moment_s: i64, is_local: bool) -> Offset<'_> {
        let standard = |other_west_s: i64| Offset {
            east_s: -self.west_s,
            is_daylight: false,
            name: self.standard.bytes(),
            other_east_s: -other_west_s,
        };
        let Some(daylight) = &self.daylight else {
            return standard(self.west_s);
        };
        let year = date::date(moment_s.div_euclid(DAY_S)).year;
        let [begin, end] = daylight.rules.map(|rule| rule.moment(year));
        let (begin, end) = if is_local {
            (begin, end)
        } else {
            (begin + self.west_s, end + daylight.west_s)
        };
        let is_daylight = if begin < end {
            (begin..end).contains(&moment_s)
        } else {
            !(end..begin).contains(&moment_s)
        };
        if is_daylight {
            Offset {
                east_s: -daylight.west_s,
                is_daylight: true,
                name: daylight.name.bytes(),
                other_east_s: -self.west_s,
            }
        } else {
            standard(daylight.west_s)
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.rest.first() == Some(&wanted);
        if is_there {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        is_there
    }

    /// Letters, or anything between angle brackets.
    fn name(&mut self) -> Option<Name> {
        let (name, rest) = if self.rest.first() == Some(&b'<') {
            let inside = self.rest.get(1..)?;
            let end = inside.iter().position(|byte| *byte == b'>')?;
            (inside.get(..end)?, inside.get(end + 1..)?)
        } else {
            let end = self
                .rest
                .iter()
                .position(|byte| !byte.is_ascii_alphabetic())
                .unwrap_or(self.rest.len());
            self.rest.split_at(end)
        };
        if name.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(Name::new(name))
    }

    fn number(&mut self) -> Option<i64> {
        let mut value = None;
        while let Some(digit @ b'0'..=b'9') = self.rest.first() {
            let so_far: i64 = value.unwrap_or(0);
            value = Some((so_far * 10 + i64::from(digit - b'0')).min(100_000));
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        value
    }

    /// Hours, minutes and seconds, with a sign or without.
    fn offset(&mut self) -> Option<i64> {
        let is_negative = self.take(b'-');
        if !is_negative {
            self.take(b'+');
        }
        let mut seconds = self.number()? * 3600;
        if self.take(b':') {
            seconds += self.number()? * 60;
            if self.take(b':') {
                seconds += self.number()?;
            }
        }
        Some(if is_negative { -seconds } else { seconds })
    }

    fn rules(&mut self) -> Option<[Rule; 2]> {
        Some([self.rule()?, self.rule()?])
    }

    fn rule(&mut self) -> Option<Rule> {
        if !self.take(b',') {
            return None;
        }
        let day = if self.take(b'M') {
            let month = self.number()?;
            self.take(b'.');
            let week = self.number()?;
            self.take(b'.');
            let weekday = self.number()?;
            if !(1..=12).contains(&month) || !(1..=5).contains(&week) || weekday > 6 {
                return None;
            }
            Day::Month {
                month,
                week,
                weekday,
            }
        } else if self.take(b'J') {
            Day::Julian(self.number()?)
        } else {
            Day::Number(self.number()?)
        };
        let time_s = if self.take(b'/') {
            self.offset()?
        } else {
            DEFAULT_TIME_S
        };
        Some(Rule { day, time_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn berlin_changes_in_march_and_october() {
        let zone = Zone::parse(b"CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        // 2024-03-31 01:00 UTC and 2024-10-27 01:00 UTC.
        for (moment, is_daylight) in [
            (1_711_846_799, false),
            (1_711_846_800, true),
            (1_729_990_799, true),
            (1_729_990_800, false),
        ] {
            let found = zone.at(moment, false);
            assert_eq!(found.is_daylight, is_daylight, "{moment}");
            assert_eq!(found.east_s, if is_daylight { 7200 } else { 3600 });
        }
    }

    #[test]
    fn names_in_brackets_and_southern_summers() {
        let zone = Zone::parse(b"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1").expect("a zone");
        assert_eq!(zone.standard.bytes(), b"-03");
        let sydney = Zone::parse(b"AEST-10AEDT,M10.1.0,M4.1.0/3").expect("a zone");
        assert!(sydney.at(1_704_067_200, false).is_daylight);
        assert!(!sydney.at(1_719_792_000, false).is_daylight);
    }

    #[test]
    fn what_is_no_zone() {
        for text in ["", "Europe/Berlin", ":UTC", "5", "A", "<x"] {
            assert_eq!(Zone::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Zone::parse(b"UTC"), Some(Zone::utc()));
    }
}
