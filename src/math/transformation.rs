//! A change of a network that its gradients may need: a word, or a word with a value, as it is typed.

use super::name::nearest;
use super::source::{Diagnostic, pieces};

/// A transformation of a network file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transformation {
    /// Another nonlinearity: a function of one number of the book, the library or the file.
    Activation(String),
    /// The previous state is added to the new one.
    Residual,
    /// The factor of every residual branch.
    Scale(String),
    /// The factor of the identity beside a residual branch.
    Skip(String),
    /// Norms behind a residual sum go in front of its branch.
    PreNorm,
    /// Pre-activations are normalised.
    Norm(Norm),
    /// Norms are taken out.
    NoNorm,
    /// How weights are drawn.
    Init(String),
    /// What biases of nonlinearities are.
    Bias(String),
    /// What the bias of each gate is that multiplies a previous state, so that a larger one keeps more.
    ForgetBias(String),
    /// A gate chooses between the previous state and the new one; its bias.
    Gate(String),
    /// A penalty on the squares of all weights.
    WeightDecay(String),
    /// Gradients are bounded: no change of a network.
    Clip(String),
    /// Gradients are followed over so many steps only: no change of a network.
    Truncate(String),
}

/// A normalisation, as the library calls it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Norm {
    /// Along the examples of a batch.
    Batch,
    /// Along the entries.
    Layer,
    /// By the root of the mean square of the entries.
    Rms,
}

impl Norm {
    /// The function of the library.
    pub fn function(self) -> &'static str {
        match self {
            Norm::Batch => "batchnorm",
            Norm::Layer => "layernorm",
            Norm::Rms => "rmsnorm",
        }
    }
}

/// A word with what stands after `=`, and what it does.
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What stands after `=`; empty when nothing may.
    pub value: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it does, in a sentence without a full stop.
    pub does: &'static str,
}

const fn word(word: &'static str, value: &'static str, does: &'static str) -> Word {
    Word { word, value, optional: false, does }
}

/// All transformations but the activations, which go by their own names.
pub const WORDS: [Word; 16] = [
    word("residual", "", "adds the previous state to the new one; refused where a state is handed on already"),
    word("scale", "NUMBER", "sets the factor of every residual branch, as in scale=0.1 or scale=1/sqrt(L)"),
    word("skip", "NUMBER", "sets the factor of the identity beside every residual branch"),
    word("prenorm", "", "moves norms from behind residual sums to the front of their branches"),
    word("batchnorm", "", "normalises pre-activations along the batch; adds a batch index where there is none"),
    word("layernorm", "", "normalises pre-activations along their entries"),
    word("rmsnorm", "", "divides pre-activations by the root of their mean square"),
    word("nonorm", "", "takes norms out"),
    word(
        "init",
        "SCHEME",
        "draws the weights of the recurrence: he, xavier, lecun, orthogonal, identity, critical (where gradients neither \
         grow nor shrink: by theory for plain layers, measured elsewhere), a number s for normal(0, s / sqrt(inputs)), or any distribution of the language",
    ),
    word("bias", "NUMBER", "sets the biases of nonlinearities, as in bias=0 for dead units"),
    word(
        "forget_bias",
        "NUMBER",
        "sets the bias of each gate that multiplies the previous state; a larger one keeps more",
    ),
    Word {
        word: "gate",
        value: "NUMBER",
        optional: true,
        does: "a gate chooses between the previous state and the new one; NUMBER is its bias [default: 3]",
    },
    word("weight_decay", "NUMBER", "adds NUMBER/2 times the squares of all weight matrices to the loss"),
    word("clip", "NUMBER", "no change of a network: `diagnose` shows what it does"),
    word("truncate", "STEPS", "no change of a network: `diagnose` shows what it does"),
    word(
        "ACTIVATION",
        "",
        "exchanges the nonlinearities that are no gates: relu, tanh, gelu, … (`nablascope activations`)",
    ),
];

impl Transformation {
    /// What was typed, such as `scale=0.1`. A word without a value that is none of [`WORDS`] is an activation.
    pub fn read(text: &str) -> Result<Transformation, Diagnostic> {
        let text = text.trim();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().to_string())),
            None => (text, None),
        };
        if text.is_empty() || value.as_deref() == Some("") {
            return Err(Diagnostic::error(format!("`{text}` is no transformation"))
                .hint("as in `--with residual,scale=0.1`; `nablascope transform --list` shows all"));
        }
        let known = WORDS.iter().find(|known| known.word == name && known.word != "ACTIVATION");
        let Some(known) = known else {
            return match value {
                None => Ok(Transformation::Activation(name.to_string())),
                Some(_) => {
                    let error = Diagnostic::error(format!("there is no transformation `{name}`"));
                    Err(error.hint(match nearest(name, WORDS.iter().map(|known| known.word)) {
                        Some(near) => format!("did you mean `{near}`? `nablascope transform --list` shows all"),
                        None => "`nablascope transform --list` shows all".to_string(),
                    }))
                }
            };
        };
        let value = match (known.value, value) {
            ("", Some(value)) => {
                return Err(Diagnostic::error(format!("`{name}` takes no value, and `{value}` is one")));
            }
            ("", None) => String::new(),
            (_, Some(value)) => value,
            (_, None) if known.optional => "3".to_string(),
            (wanted, None) => {
                return Err(Diagnostic::error(format!("`{name}` needs a value"))
                    .hint(format!("as `{name}={wanted}`: {name} {}", known.does)));
            }
        };
        Ok(match name {
            "residual" => Transformation::Residual,
            "scale" => Transformation::Scale(value),
            "skip" => Transformation::Skip(value),
            "prenorm" => Transformation::PreNorm,
            "batchnorm" => Transformation::Norm(Norm::Batch),
            "layernorm" => Transformation::Norm(Norm::Layer),
            "rmsnorm" => Transformation::Norm(Norm::Rms),
            "nonorm" => Transformation::NoNorm,
            "init" => Transformation::Init(value),
            "bias" => Transformation::Bias(value),
            "forget_bias" => Transformation::ForgetBias(value),
            "gate" => Transformation::Gate(value),
            "weight_decay" => Transformation::WeightDecay(value),
            "clip" => Transformation::Clip(value),
            _ => Transformation::Truncate(value),
        })
    }

    /// A list at its commas, except those in brackets.
    pub fn list(text: &str) -> Result<Vec<Transformation>, Diagnostic> {
        pieces(text).into_iter().map(Transformation::read).collect()
    }
}

impl std::fmt::Display for Transformation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Transformation::Activation(name) => out.write_str(name),
            Transformation::Residual => out.write_str("residual"),
            Transformation::Scale(value) => write!(out, "scale={value}"),
            Transformation::Skip(value) => write!(out, "skip={value}"),
            Transformation::PreNorm => out.write_str("prenorm"),
            Transformation::Norm(norm) => out.write_str(norm.function()),
            Transformation::NoNorm => out.write_str("nonorm"),
            Transformation::Init(value) => write!(out, "init={value}"),
            Transformation::Bias(value) => write!(out, "bias={value}"),
            Transformation::ForgetBias(value) => write!(out, "forget_bias={value}"),
            Transformation::Gate(value) if value == "3" => out.write_str("gate"),
            Transformation::Gate(value) => write!(out, "gate={value}"),
            Transformation::WeightDecay(value) => write!(out, "weight_decay={value}"),
            Transformation::Clip(value) => write!(out, "clip={value}"),
            Transformation::Truncate(value) => write!(out, "truncate={value}"),
        }
    }
}
