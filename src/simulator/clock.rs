//! Dates out of seconds, as the gateway writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since 1970.
pub(super) fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `seconds.microseconds`, as in `Timestamp` headers.
pub(super) fn timestamp() -> String {
    let now = since_epoch(SystemTime::now());
    format!("{}.{:06}", now.as_secs(), now.subsec_micros())
}

/// Date and time of day, with the given sign between the parts of the date.
pub(super) fn date_and_time(time: SystemTime, zone_hours: i8, sign: char) -> (String, String) {
    let seconds = since_epoch(time).as_secs().saturating_add_signed(i64::from(zone_hours) * 3600);
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    while days >= days_in(year) {
        days -= days_in(year);
        year += 1;
    }
    let february = days_in(year) - 337;
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (
        format!("{year:04}{sign}{month:02}{sign}{:02}", days + 1),
        format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
    )
}

fn days_in(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        let at = |seconds| {
            let (date, time) = date_and_time(UNIX_EPOCH + Duration::from_secs(seconds), 0, '-');
            format!("{date} {time}")
        };
        assert_eq!(at(0), "1970-01-01 00:00:00");
        assert_eq!(at(951_782_399), "2000-02-28 23:59:59");
        assert_eq!(at(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(at(1_410_399_407), "2014-09-11 01:36:47");
        assert_eq!(at(1_767_225_599), "2025-12-31 23:59:59");
    }

    #[test]
    fn zones_shift_the_day() {
        let (date, time) = date_and_time(UNIX_EPOCH + Duration::from_secs(1_410_399_407), 8, '/');
        assert_eq!((date.as_str(), time.as_str()), ("2014/09/11", "09:36:47"));
    }
}
