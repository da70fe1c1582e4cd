//! Lists of patterns as OpenSSH writes them.

/// More characters than these in one pattern never match in ssh-keygen.
const LONGEST_PATTERN: usize = 1023;

/// Whether a name fits a list of patterns of OpenSSH (PATTERNS in ssh_config(5)): it fits one, and none that starts with `!`.
pub fn matches_list<'a>(patterns: impl IntoIterator<Item = &'a str>, name: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        let (negated, pattern) = pattern.strip_prefix('!').map_or((false, pattern), |pattern| (true, pattern));
        if pattern.len() <= LONGEST_PATTERN && matches(pattern, name) {
            if negated {
                return false;
            }
            found = true;
        }
    }
    found
}

/// Whether a name fits a pattern: `*` is any run of characters, `?` any one.
fn matches(pattern: &str, name: &str) -> bool {
    // The place after the last star, to go back to.
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut here, mut star) = (0, 0, None);
    while here < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[here] => {
                at += 1;
                here += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    at = back + 1;
                    here = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_patterns() {
        let fits = |list: &str, name: &str| matches_list(list.split(','), name);
        assert!(fits("a,b*", "bc") && !fits("a,b*", "c") && !fits("", "a") && !fits("A", "a"));
        assert!(fits("*,!joe", "maria") && !fits("*,!joe", "joe") && !fits("!joe", "maria"));
        assert!(fits("a?c*e", "abcde") && !fits("a?c*e", "ac"));
    }
}
