//! The tensors of a weight file as arrays of a network, by a mapping.

use super::Data;
use crate::evaluate::array::{Array, count, told, transposed};
use crate::evaluate::fault::Fault;
use crate::evaluate::names::{Match, matched};
use crate::math::draw::Draw;
use crate::math::mapping::{Blocks, Line, Mapping, Pattern, Term};
use crate::math::name::{Name, nearest};
use crate::math::network::{Network, Quantity, Role};
use crate::math::source::{Outcome, Spanned};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// Arrays for a network, and the tensors of the file that nobody read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Unpacked {
    /// The arrays, under the names of the network.
    pub data: Data,
    /// The names of the other tensors, in the order of the file.
    pub unread: Vec<String>,
}

/// Cuts the tensors of `file` as `mapping` says. A tensor is found by its whole name, or by how its name ends, if only one ends so.
/// Axes of length 1 that a quantity of `network` lacks are left out. Errors: unknown quantities and tensors, arrays that
/// cannot be cut or added.
pub fn unpack(mapping: &Mapping, file: &Data, network: &Network) -> Outcome<Unpacked> {
    let unknown: Vec<_> = mapping
        .places()
        .into_iter()
        .filter(|place| network.quantity(&place.node).is_none_or(|quantity| quantity.role.is_computed()))
        .collect();
    if let [first, rest @ ..] = unknown.as_slice() {
        let mut names: Vec<String> = Vec::new();
        for place in &unknown {
            let name = format!("`{}`", place.node);
            names.extend((!names.contains(&name)).then_some(name));
        }
        let known: Vec<String> = network.learned().map(|quantity| quantity.name.to_string()).collect();
        let error = format!("`{}` has no parameter, input or initial value {}", network.name, names.join(", "));
        let hint = match nearest(first.node.as_str(), known.iter().map(String::as_str)) {
            Some(near) if rest.is_empty() => format!("did you mean `{near}`?"),
            _ => format!(
                "it has {}; copy the mapping, which `nablascope show MAPPING --source` prints, and write those names",
                known.join(", ")
            ),
        };
        return Err(vec![Fault::error(error).at(&first.span, "mapped here").hint(hint)]);
    }
    let mut reading = Reading { file: &file.inputs, network, data: Data::default(), read: BTreeSet::new() };
    let faults: Vec<Fault> = mapping.lines.iter().filter_map(|line| reading.line(line).err()).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let unread = file.inputs.keys().filter(|name| !reading.read.contains(*name)).cloned().collect();
    Ok(Unpacked { data: reading.data, unread })
}

/// The tensors of `file` that are called as the network calls its parameters, inputs and initial values. Fails when there are none.
pub fn by_name(file: &Data, network: &Network) -> Result<Unpacked, Fault> {
    let leaves = network.quantities.values().filter(|own| own.role.is_learned() || own.role == Role::Given);
    let wanted: Vec<(Name, bool)> = leaves.map(|own| (own.name.clone(), !own.axes.is_empty())).collect();
    let matches = matched(&wanted, file.inputs.keys());
    let read: BTreeSet<&String> = matches.values().flat_map(Match::texts).collect();
    if read.is_empty() {
        let reading = Reading { file: &file.inputs, network, data: Data::default(), read: BTreeSet::new() };
        let first = wanted.first().map_or("", |(name, _)| name.as_str());
        return Err(Fault::error(format!("no tensor of the file is called like a parameter of `{}`", network.name))
            .hint(format!("{}; `--mapping` tells which is which", reading.there(first))));
    }
    let kept = |name: &&String| read.contains(name);
    let inputs = file.inputs.iter().filter(|(name, _)| kept(name)).map(|(name, own)| (name.clone(), own.clone()));
    let unread = file.inputs.keys().filter(|name| !kept(name)).cloned().collect();
    Ok(Unpacked { data: Data { inputs: inputs.collect(), ..Data::default() }, unread })
}

/// The parameters of `network` that are neither in `data` nor drawn as the network itself says: trained weights lack them.
pub fn missing(data: &Data, network: &Network) -> Vec<Name> {
    let parameters = network.quantities.values().filter(|own| own.role == Role::Param);
    let wanted: Vec<(Name, bool)> = parameters.clone().map(|own| (own.name.clone(), !own.axes.is_empty())).collect();
    let matches = matched(&wanted, data.inputs.keys());
    let lacks = |own: &&Quantity| !matches.contains_key(&own.name) && own.draw.as_ref().is_none_or(Draw::is_default);
    parameters.filter(lacks).map(|own| own.name.clone()).collect()
}

struct Reading<'a> {
    file: &'a IndexMap<String, Array<f64>>,
    network: &'a Network,
    data: Data,
    read: BTreeSet<String>,
}

impl Reading<'_> {
    fn line(&mut self, line: &Line) -> Result<(), Fault> {
        let numbered = line.terms.first().is_some_and(|term| term.tensor.node.number.is_some());
        let mut pieces = Vec::new();
        if numbered {
            for number in self.numbers(line)? {
                pieces.push(self.sum(line, Some(number))?);
            }
        } else {
            pieces.push(self.sum(line, None)?);
        }
        let odd = pieces.iter().find(|piece| piece.dims != pieces[0].dims);
        if let Some(odd) = odd {
            let (one, other) = (told(&pieces[0].dims), told(&odd.dims));
            return Err(Fault::error(format!("the pieces differ: one is {one}, another {other}"))
                .at(&line.span, "here")
                .hint("choose those that are alike, as in `layers.{l:1..11}.weight`"));
        }
        let dims = std::iter::once(pieces.len()).filter(|_| numbered).chain(pieces[0].dims.iter().copied()).collect();
        let whole = Array { dims, data: pieces.into_iter().flat_map(|piece| piece.data).collect() };
        self.cut(&line.blocks, whole, usize::from(numbered))
    }

    /// The sum of the terms, with `number` put into their names.
    fn sum(&mut self, line: &Line, number: Option<u64>) -> Result<Array<f64>, Fault> {
        let mut total: Option<Array<f64>> = None;
        for term in &line.terms {
            let own = self.tensor(term, number)?;
            let sign = if term.negative { -1.0 } else { 1.0 };
            match &mut total {
                None => total = Some(own.map(|entry| sign * entry)),
                Some(total) if total.dims == own.dims => {
                    total.data.iter_mut().zip(&own.data).for_each(|(sum, entry)| *sum += sign * entry);
                }
                Some(total) => {
                    let (left, right) = (told(&total.dims), told(&own.dims));
                    return Err(Fault::error(format!("{left} and {right} cannot be added"))
                        .at(&term.tensor.span, format!("this is {right}"))
                        .at(&line.span, "in this line"));
                }
            }
        }
        Ok(total.unwrap_or_default())
    }

    fn tensor(&mut self, term: &Term, number: Option<u64>) -> Result<Array<f64>, Fault> {
        let name = self.find(&term.tensor, number)?;
        let array = &self.file[&name];
        self.read.insert(name);
        if !term.transposed {
            return Ok(array.clone());
        }
        let [.., rows, columns] = array.dims[..] else {
            return Err(Fault::error(format!("{} has no transpose", told(&array.dims)))
                .at(&term.tensor.span, "a transpose needs two axes"));
        };
        let size = (rows * columns).max(1);
        let mut dims = array.dims.clone();
        let rank = dims.len();
        dims.swap(rank - 2, rank - 1);
        Ok(Array { dims, data: array.data.chunks(size).flat_map(|block| transposed(block, rows, columns)).collect() })
    }

    /// The tensor of that name, or the only one whose name ends so after a dot or slash.
    fn find(&self, tensor: &Spanned<Pattern>, number: Option<u64>) -> Result<String, Fault> {
        let Pattern { before, number: slot } = &tensor.node;
        let asked = match (slot, number) {
            (Some((_, after)), Some(number)) => format!("{before}{number}{after}"),
            _ => before.clone(),
        };
        if self.file.contains_key(&asked) {
            return Ok(asked);
        }
        let ending: Vec<&String> = self.file.keys().filter(|name| ends(name, &asked)).collect();
        match ending[..] {
            [only] => Ok(only.clone()),
            [] => Err(Fault::error(format!("the file has no tensor `{asked}`"))
                .at(&tensor.span, "asked for here")
                .hint(self.there(&asked))),
            _ => {
                let names: Vec<String> = ending.iter().take(4).map(|name| format!("`{name}`")).collect();
                Err(Fault::error(format!("{} tensors end in `{asked}`: {}", ending.len(), names.join(", ")))
                    .at(&tensor.span, "which of them?")
                    .hint("name the part with `--part`, or write the whole name in the mapping"))
            }
        }
    }

    /// Which tensors there are, those most like `asked` first.
    fn there(&self, asked: &str) -> String {
        let mut names: Vec<&String> = self.file.keys().collect();
        names.sort_by(|a, b| strsim::jaro_winkler(b, asked).total_cmp(&strsim::jaro_winkler(a, asked)));
        let shown: Vec<String> =
            names.iter().take(6).map(|name| format!("`{name}` {}", told(&self.file[*name].dims))).collect();
        let more = if names.len() > 6 { format!(" and {} more", names.len() - 6) } else { String::new() };
        format!("it has {}{more}", shown.join(", "))
    }

    /// The numbers for which the first tensor is there, in order.
    fn numbers(&self, line: &Line) -> Result<Vec<u64>, Fault> {
        let tensor = &line.terms[0].tensor;
        let Pattern { before, number: Some((numbers, after)) } = &tensor.node else { return Ok(Vec::new()) };
        let within = |number: &u64| numbers.range.is_none_or(|(low, high)| (low..=high).contains(number));
        let found: BTreeSet<u64> = self
            .file
            .keys()
            .filter_map(|name| {
                let start = name.strip_suffix(after.as_str())?;
                let digits = start.len() - start.trim_end_matches(|c: char| c.is_ascii_digit()).len();
                let (head, digits) = start.split_at(start.len() - digits);
                (head == before || ends(head, before)).then(|| digits.parse().ok()).flatten()
            })
            .filter(within)
            .collect();
        if found.is_empty() {
            return Err(Fault::error(format!("the file has no tensor `{before}…{after}`"))
                .at(&tensor.span, "asked for here")
                .hint(self.there(before)));
        }
        Ok(found.into_iter().collect())
    }

    /// Cuts an array, whose first `fixed` axes are those of pieces.
    fn cut(&mut self, blocks: &Blocks, array: Array<f64>, fixed: usize) -> Result<(), Fault> {
        let (parts, span, beside) = match blocks {
            Blocks::Place(name, _) => {
                if name.node.as_str() == "_" {
                    return Ok(());
                }
                let array = self.squeezed(name.node.as_str(), array, fixed);
                return match self.data.inputs.insert(name.node.to_string(), array) {
                    None => Ok(()),
                    Some(_) => {
                        Err(Fault::error(format!("`{}` is mapped twice", name.node)).at(&name.span, "the second time"))
                    }
                };
            }
            Blocks::Below(parts, span) => (parts, span, false),
            Blocks::Beside(parts, span) => (parts, span, true),
        };
        let axis = if beside { array.dims.len().saturating_sub(1) } else { fixed };
        let length = array.dims.get(axis).copied().filter(|_| array.dims.len() > fixed).unwrap_or(0);
        if length == 0 || length % parts.len() != 0 {
            let (is, many) = (told(&array.dims[fixed.min(array.dims.len())..]), parts.len());
            let way = if beside { "side by side" } else { "one below the other" };
            return Err(Fault::error(format!("{is} cannot be cut into {many} equal blocks {way}"))
                .at(span, format!("{many} blocks")));
        }
        let size = length / parts.len();
        let (outer, inner) = (count(&array.dims[..axis]), count(&array.dims[axis + 1..]));
        let mut dims = array.dims.clone();
        dims[axis] = size;
        for (at, part) in parts.iter().enumerate() {
            let rows = (0..outer).flat_map(|row| {
                let start = (row * length + at * size) * inner;
                array.data[start..start + size * inner].iter().copied()
            });
            let block = Array { dims: dims.clone(), data: rows.collect() };
            self.cut(part, block, fixed)?;
        }
        Ok(())
    }

    /// Without axes of length 1 beyond those that the quantity has, but for those of pieces.
    fn squeezed(&self, name: &str, mut array: Array<f64>, fixed: usize) -> Array<f64> {
        let quantity = self.network.quantity(&name.into());
        let wanted = quantity.map_or(array.dims.len(), |quantity| quantity.axes.len() + quantity.shape.axes().len());
        let mut spare = array.dims.len().saturating_sub(wanted);
        let mut axis = 0;
        array.dims.retain(|dim| {
            let drop = *dim == 1 && spare > 0 && axis >= fixed;
            axis += 1;
            spare -= usize::from(drop);
            !drop
        });
        array
    }
}

/// Whether a name ends with `ending` where a part of it begins.
fn ends(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some_and(|head| head.ends_with(['.', '/']))
}
