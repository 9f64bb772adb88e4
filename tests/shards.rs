//! Large sweeps: killed and resumed, or cut into parts and merged, they give the bytes of one that ran through.

#![allow(clippy::disallowed_methods, reason = "tests read and write files")]

#[path = "common/program.rs"]
mod program;
#[path = "common/random.rs"]
mod random;

use program::{folder, good, run, said};
use random::Random;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A sweep of 3 settings and 20 seeds, small enough to be done often.
const SWEEP: [&str; 11] = [
    "sweep",
    "rnn",
    "--set",
    "T=60,80,100,H=24,D=4,K=2",
    "--seeds",
    "20",
    "--paths",
    "--parameters",
    "--probes=2",
    "--exponents",
    "all",
];

/// The words with a place to write.
fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SWEEP.iter().copied().chain(more.iter().copied()).collect()
}

fn place(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

/// How many whole lines a file has, if it is there.
fn lines(path: &str) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
}

/// What a wrong command says.
fn wrong(arguments: &[&str], says: &str) {
    let output = run(arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains(says), "{arguments:?} does not say {says:?}:\n{said}");
}

#[test]
fn killed_ten_times_and_resumed_it_is_the_same() {
    let folder = folder("killed");
    let (whole, out) = (place(&folder, "whole.csv"), place(&folder, "killed.csv"));
    good(&words(&["--out", &whole]));
    let journal = format!("{out}.journal");
    let (mut random, mut killed) = (Random::of("killed"), 0);
    for _ in 0..10 {
        let program = env!("CARGO_BIN_EXE_nablascope");
        let mut child = Command::new(program)
            .args(words(&["--out", &out, "--resume"]))
            .env("RAYON_NUM_THREADS", ["1", "2", "3"][random.below(3)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        // A moment while it works, which is told by what it has written: some runs later, and a little.
        let goal = lines(&journal) + random.below(5);
        while lines(&journal) < goal && child.try_wait().expect("a state").is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::thread::sleep(std::time::Duration::from_micros(random.below(8_000) as u64));
        child.kill().expect("it is killed, or was done");
        let status = child.wait().expect("it ends");
        killed += usize::from(!status.success());
        if status.success() {
            break;
        }
        assert!(!Path::new(&out).exists(), "half an output");
    }
    assert!(killed >= 5, "only {killed} of the kills met it at work");
    // A line that was torn: the last one, cut in its middle.
    let bytes = fs::read(&journal).expect("a journal");
    let runs = lines(&journal) - 1;
    assert!(runs > 1, "nothing was done in between");
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("several lines");
    fs::write(&journal, &bytes[..(last + bytes.len()) / 2]).expect("written");
    wrong(&words(&["--out", &out]), "`--resume` goes on with it");
    good(&words(&["--out", &out, "--resume"]));
    assert!(fs::read(&whole).expect("whole") == fs::read(&out).expect("resumed"), "other bytes");
    assert!(!Path::new(&journal).exists(), "the journal is still there");
}

#[test]
fn parts_merged_are_the_whole_in_every_form() {
    let folder = folder("parts");
    for parts in ["1", "3", "7"] {
        let names: Vec<String> = (1..=parts.parse().expect("a number"))
            .map(|part: u32| {
                let (name, shard) = (place(&folder, &format!("{parts}-{part}.jsonl")), format!("{part}/{parts}"));
                good(&words(&["--shard", &shard, "--out", &name]));
                name
            })
            .collect();
        // In any order.
        let given: Vec<&str> = names.iter().rev().map(String::as_str).collect();
        for ending in ["csv", "json", "html", "svg", "md"] {
            let (whole, merged) =
                (place(&folder, &format!("all.{ending}")), place(&folder, &format!("merged.{ending}")));
            if parts == "1" {
                good(&words(&["--out", &whole]));
            }
            good(&[&["merge"], given.as_slice(), &["--out", &merged]].concat());
            let (whole, merged) =
                (fs::read_to_string(&whole).expect("text"), fs::read_to_string(&merged).expect("text"));
            // A page names the command, and that the place to write.
            assert!(whole.replace("/all.", "/merged.") == merged, "{parts} parts as {ending}");
        }
        assert_eq!(good(&SWEEP), good(&[&["merge"], given.as_slice()].concat()), "{parts} parts as text");
    }
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1 + 3 + 7 + 5 + 5, "something was left");
}

#[test]
fn a_part_that_is_whole_is_not_done_again_and_does_not_depend_on_threads() {
    let folder = folder("threads");
    let one = |name: &str, threads: &str, more: &[&str]| {
        let out = place(&folder, name);
        let output = Command::new(env!("CARGO_BIN_EXE_nablascope"))
            .args(words(&["--shard", "2/5", "--out", &out]))
            .args(more)
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (fs::read(&out).expect("a part"), said(&output))
    };
    let (first, _) = one("a.jsonl", "1", &[]);
    assert!(first == one("b.jsonl", "4", &[]).0, "threads make a difference");
    let (again, said) = one("a.jsonl", "1", &["--resume"]);
    assert!(first == again && said.contains("whole already"), "{said}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let folder = folder("refused");
    let part = |number: &str, more: &[&str]| {
        let out = place(&folder, &format!("{}{}.jsonl", number.replace('/', "of"), more.join("")));
        let small = ["sweep", "rnn", "--set", "T=5,H=3,D=2,K=1", "--shard", number, "--out", &out];
        good(&[&small, more].concat());
        out
    };
    let (a, b, c) = (part("1/3", &[]), part("2/3", &[]), part("3/3", &[]));
    let all = place(&folder, "all.csv");
    let merge = |parts: &[&str], says: &str| {
        wrong(&[&["merge"], parts, &["--out", &all]].concat(), says);
        assert!(!Path::new(&all).exists(), "something was written");
    };
    for shard in ["0/3", "4/3", "x/y", "3", "1/0", "-1/3", "1/3/3", "", "1/99999999999999999999999"] {
        let out = place(&folder, "wrong.jsonl");
        wrong(&["sweep", "rnn", &format!("--shard={shard}"), "--out", &out], "--shard");
        assert!(!Path::new(&out).exists());
    }
    wrong(&["sweep", "rnn", "--shard", "1/3"], "--out");
    wrong(&["sweep", "rnn", "--resume"], "--out");
    wrong(&["sweep", "rnn", "--shard", "1/3", "--out", &all], "line by line for `merge`");
    merge(&[&a, &b], "a part is missing: 3/3");
    merge(&[&a], "parts are missing: 2/3, 3/3");
    merge(&[&a, &b, &c, &b], "part 2/3 is there twice");
    merge(&[&a, &part("2/4", &[]), &c], "it is part 2/4, and not of 3 parts");
    merge(&[&a, &part("2/3", &["--probes=2"]), &c], "it belongs to another sweep, `nablascope sweep rnn");
    merge(&[&a, &b, &place(&folder, "none.jsonl")], "cannot read");
    wrong(&["merge", &a, &b, &c, "--out", &a], "the output would replace it");
    wrong(&["merge", &a, &b, &c, "--out", &place(&folder, "no/such/place.csv")], "cannot write");
    wrong(&["sweep", "rnn", "--shard", "1/3", "--out", &place(&folder, "no/such/place.jsonl")], "cannot write");
    // Damage: a digit, a line, the end, another file.
    let text = fs::read_to_string(&b).expect("a part");
    let damaged = place(&folder, "damaged.jsonl");
    let damage = |changed: String, says: &str| {
        fs::write(&damaged, changed).expect("written");
        merge(&[&a, &damaged, &c], says);
    };
    let digit = text.rfind("0.").expect("a number") + 2;
    let other = if &text[digit..=digit] == "7" { "3" } else { "7" };
    damage(format!("{}{other}{}", &text[..digit], &text[digit + 1..]), "line 2: it is not what was written there");
    damage(text.lines().next().expect("a line").to_string() + "\n", "holds 0 of 1 runs");
    damage(text[..text.len() - 9].to_string(), "holds 0 of 1 runs");
    damage(format!("{text}{}\n", text.lines().last().expect("a line")), "line 3: it tells a run a second time");
    damage(String::new(), "is empty");
    damage("network,setting\n1,2\n".to_string(), "it is no journal or part of a sweep");
    damage(text.replacen("rnn", "gru", 1), "it is no journal or part of a sweep");
    good(&["merge", &a, &b, &c, "--out", &all]);
}

#[test]
fn a_journal_of_something_else_is_refused_and_kept() {
    let folder = folder("journals");
    let network = place(&folder, "small.net");
    let text = nablascope::gallery::network("rnn").expect("a network").text.to_string();
    fs::write(&network, &text).expect("written");
    let out = place(&folder, "out.csv");
    let journal = format!("{out}.journal");
    let sweep = ["sweep", &network, "--set", "T=5,H=3,D=2,K=1", "--out", &out];
    // A part that is done has the form of a journal, but is of another command.
    good(&["sweep", &network, "--set", "T=5,H=3,D=2,K=1", "--shard", "1/2", "--out", &journal]);
    let kept = fs::read(&journal).expect("a part");
    let refused = |arguments: &[&str], says: &str, kept: &[u8]| {
        wrong(arguments, says);
        assert!(!Path::new(&out).exists() && fs::read(&journal).expect("a journal") == kept, "something was changed");
    };
    refused(&[&sweep[..], &["--resume"]].concat(), "it is part 1/2, and not of 1 parts", &kept);
    // Of the same sweep, but the network has changed.
    good(&["sweep", &network, "--set", "T=5,H=3,D=2,K=1", "--shard", "1/1", "--out", &place(&folder, "all.jsonl")]);
    let kept = fs::read(place(&folder, "all.jsonl")).expect("a part");
    fs::write(&journal, &kept).expect("written");
    refused(&sweep, "`--resume` goes on with it", &kept);
    refused(&[&sweep[..], &["--seeds", "5", "--resume"]].concat(), "it belongs to another sweep", &kept);
    fs::write(&network, text.replace("tanh", "sigmoid")).expect("written");
    refused(&[&sweep[..], &["--resume"]].concat(), "the network, or a file that it uses, is another", &kept);
    fs::write(&network, &text).expect("written");
    good(&[&sweep[..], &["--resume"]].concat());
    assert!(!Path::new(&journal).exists());
    // Not ours at all.
    fs::remove_file(&out).expect("it was there");
    fs::write(&journal, "my diary").expect("written");
    refused(&[&sweep[..], &["--resume"]].concat(), "it is no journal or part of a sweep", b"my diary");
    // A question that is wrong leaves nothing.
    fs::remove_file(&journal).expect("it was there");
    let output = run(&["sweep", &network, "--set", "T=5,H=0", "--out", &out]);
    assert!(!output.status.success() && !Path::new(&journal).exists() && !Path::new(&out).exists());
}
