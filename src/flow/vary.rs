//! Settings with sets of values: `sigma_w=0.8,1,1.5` varies, `L=100,N=64` sets two names.

use crate::math::source::{Diagnostic, pieces};

/// Values for some names.
pub type Setting = Vec<(String, String)>;

/// How many settings one sweep may have.
const MOST: usize = 10_000;

/// All combinations of the values that are given, the last name running fastest. Beside each full setting stands what varies in it.
pub fn settings(texts: &[String]) -> Result<Vec<(Setting, Setting)>, Diagnostic> {
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for text in texts {
        let mut last: Option<(String, Vec<String>)> = None;
        for piece in pieces(text) {
            match (piece.split_once('='), &mut last) {
                (Some((name, value)), _) => {
                    names.extend(last.take());
                    last = Some((name.trim().to_string(), vec![value.trim().to_string()]));
                }
                (None, Some((_, values))) => values.push(piece.trim().to_string()),
                (None, None) => {
                    return Err(Diagnostic::error(format!("`{piece}` is no setting"))
                        .hint("as in `--set sigma_w=0.8,1,1.5` or `--set L=100,N=64`"));
                }
            }
        }
        names.extend(last);
    }
    if let Some((name, _)) = names.iter().find(|(_, values)| values.iter().any(String::is_empty)) {
        return Err(Diagnostic::error(format!("a value of `{name}` is empty")).hint("as in `--set sigma_w=0.8,1,1.5`"));
    }
    // The last word on a name counts.
    let mut kept: Vec<(String, Vec<String>)> = Vec::new();
    for (name, values) in names {
        match kept.iter_mut().find(|(own, _)| own == &name) {
            Some((_, own)) => *own = values,
            None => kept.push((name, values)),
        }
    }
    let count = kept.iter().fold(1usize, |count, (_, values)| count.saturating_mul(values.len()));
    if count > MOST {
        return Err(Diagnostic::error(format!("these are {count} settings, more than {MOST}")));
    }
    let mut all: Vec<(Setting, Setting)> = vec![(Vec::new(), Vec::new())];
    for (name, values) in &kept {
        let mut longer = Vec::with_capacity(all.len() * values.len());
        for (full, varied) in &all {
            for value in values {
                let own = (name.clone(), value.clone());
                let mut varied = varied.clone();
                if values.len() > 1 {
                    varied.push(own.clone());
                }
                longer.push(([full.as_slice(), &[own]].concat(), varied));
            }
        }
        all = longer;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(texts: &[&str]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let show = |setting: &Setting| {
            setting.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        settings(&texts)
            .expect("settings")
            .iter()
            .map(|(full, varied)| format!("{} | {}", show(full), show(varied)))
            .collect()
    }

    #[test]
    fn values_vary_and_names_add_up() {
        assert_eq!(told(&[]), [" | "]);
        assert_eq!(told(&["L=100,N=64"]), ["L=100 N=64 | "]);
        assert_eq!(told(&["s=0.8,1", "w=[1, 2],N=4"]), ["s=0.8 w=[1, 2] N=4 | s=0.8", "s=1 w=[1, 2] N=4 | s=1"]);
        assert_eq!(told(&["N=1,2", "N=3"]), ["N=3 | "]);
    }

    #[test]
    fn what_is_no_setting_is_told() {
        for wrong in ["3", "a=", "a=1,,2"] {
            assert!(settings(&[wrong.to_string()]).is_err(), "{wrong}");
        }
    }
}
