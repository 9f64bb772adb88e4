//! Misspelt names.

use strsim::damerau_levenshtein;

/// The name among `known` that whoever wrote `wrong` is most likely to have meant, if one is near enough to be asked about.
///
/// Names are compared part by part, where `_` and `-` part them. Another case is no difference, nor is a `_` too few, nor o for 0
/// or l for 1. A part of six letters or more may have two slips, one of three to five letters one: a letter too many, too few,
/// another one, or two that have changed places. Shorter parts are symbols: `W_x` is not `W_h` misspelt, but a letter may be
/// typed twice. Other digits tell names apart wherever they stand: `layer1` is not `layer2`. Last, three letters or more stand
/// for a longer name that begins with them.
pub fn nearest<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let others = known.filter(|name| *name != wrong);
    others.filter_map(|name| Some((slips(wrong, name)?, name))).min().map(|(_, name)| name)
}

/// More slips than this make another name.
const SLIPS: usize = 2;

/// Longer names are not compared letter by letter.
const LONGEST: usize = 64;

/// By how many slips a name was missed; nothing, if it was not meant. An abbreviation counts as more slips than any.
fn slips(wrong: &str, known: &str) -> Option<usize> {
    let parts = |name: &str| -> Vec<String> {
        let lower = name.to_lowercase().replace('0', "o").replace('1', "l");
        lower.split(['_', '-']).filter(|part| !part.is_empty()).map(str::to_string).collect()
    };
    let (own, other) = (parts(wrong), parts(known));
    let (whole, all) = (own.concat(), other.concat());
    if whole == all {
        return Some(0);
    }
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(wrong) == digits(known) {
        let count: Option<usize> = match own.len() == other.len() {
            true => own.iter().zip(&other).map(|(part, other)| slips_of_part(part, other)).sum(),
            false => slips_of_part(&whole, &all),
        };
        if let Some(count) = count.filter(|count| *count <= SLIPS) {
            return Some(count);
        }
    }
    let (short, long) = (whole.chars().count(), all.chars().count());
    (short >= 3 && all.starts_with(&whole)).then(|| SLIPS + long - short)
}

fn slips_of_part(wrong: &str, known: &str) -> Option<usize> {
    let once = |part: &str| {
        let mut letters: Vec<char> = part.chars().collect();
        letters.dedup();
        letters
    };
    let (count, other) = (wrong.chars().count(), known.chars().count());
    if count.max(other) > LONGEST {
        return None;
    }
    let allowed = match count.min(other) {
        0..=2 if once(wrong) == once(known) => 1,
        0..=2 => 0,
        3..=5 => 1,
        _ => SLIPS,
    };
    Some(damerau_levenshtein(wrong, known)).filter(|slips| *slips <= allowed)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    /// `known` is separated by blanks.
    fn meant(wrong: &str, known: &'static str) -> Option<&'static str> {
        nearest(wrong, known.split(' '))
    }

    #[test]
    fn slips_of_the_pen_are_seen_through() {
        for (wrong, right) in [
            ("wieght", "weight"),
            ("tanhh", "tanh"),
            ("tahn", "tanh"),
            ("sigmiod", "sigmoid"),
            ("sofmtax", "softmax"),
            ("qyadratic", "quadratic"),
            ("eps1", "eps_1"),
            ("rellu", "relu"),
            ("open_gat", "open_gate"),
            ("relu-doesnt-vanish", "relu-does-not-vanish"),
        ] {
            assert_eq!(nearest(wrong, ["zz", "intention", right, "qq"].into_iter()), Some(right), "{wrong}");
        }
    }

    #[test]
    fn case_and_underscores_are_no_difference() {
        assert_eq!(meant("w_x", "W_h W_x"), Some("W_x"));
        assert_eq!(meant("Wx", "W_h W_x"), Some("W_x"));
        assert_eq!(meant("h", "H W"), Some("H"));
        assert_eq!(meant("ho", "h0 hs"), Some("h0"));
        assert_eq!(meant("sigmaw", "sigma_b sigma_w"), Some("sigma_w"));
    }

    #[test]
    fn symbols_are_not_each_other_misspelt() {
        assert_eq!(meant("W_x", "W_h W_z U_x"), None);
        assert_eq!(meant("b_q", "b_f b_i"), None);
        assert_eq!(meant("sigma_v", "sigma_w sigma_b"), None);
        assert_eq!(meant("x", "y h xs"), None);
        assert_eq!(meant("", "x y"), None);
        assert_eq!(meant("W_ff", "W_i W_f"), Some("W_f"));
        assert_eq!(meant("bb", "a b c"), Some("b"));
    }

    #[test]
    fn digits_tell_names_apart() {
        assert_eq!(meant("layer1", "layer2 layer0"), None);
        assert_eq!(meant("layr2", "layer1 layer2"), Some("layer2"));
    }

    #[test]
    fn the_beginning_of_a_name_stands_for_it() {
        assert_eq!(meant("soft", "softplus softmax tanh"), Some("softmax"));
        assert_eq!(meant("deep", "shallow deep_narrow"), Some("deep_narrow"));
        assert_eq!(meant("so", "softmax softplus"), None);
        // What was misspelt is nearer than what was cut off.
        assert_eq!(meant("tan", "tangent tanh"), Some("tanh"));
    }

    #[test]
    fn the_nearest_is_meant_and_never_the_name_itself() {
        assert_eq!(meant("sigmid", "sigmas sigmoid"), Some("sigmoid"));
        assert_eq!(meant("tanh", "tanh sinh"), None);
        assert_eq!(meant("σs", "σ"), None);
    }
}
