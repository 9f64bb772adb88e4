//! Data as JSON: nested arrays.

use super::{Data, finite};
use crate::evaluate::array::Array;
use crate::evaluate::fault::Fault;
use crate::math::name::nearest;
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Reads `{"inputs": {name: nested arrays}, "upstream": {output: nested arrays}}`; other keys are ignored.
pub(super) fn read(bytes: &[u8]) -> Result<Data, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Fault::error(format!("the data are not JSON: byte {} is no UTF-8", error.valid_up_to() + 1))
    })?;
    // Editors of some systems begin a text with a mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Unique(top) = serde_json::from_str(text).map_err(|error| broken(text, &error))?;
    let Value::Object(top) = top else {
        return Err(Fault::error("the data should be an object").hint(LAYOUT));
    };
    for key in top.keys() {
        let known = ["inputs", "upstream"];
        if let Some(near) = nearest(key, known.into_iter()).filter(|_| !known.contains(&key.as_str())) {
            return Err(Fault::error(format!("the data have `{key}`")).hint(format!("did you mean `{near}`?")));
        }
    }
    let Some(inputs) = top.get("inputs") else {
        return Err(Fault::error("the data have no `inputs`").hint(LAYOUT));
    };
    let upstream = top.get("upstream").map_or(Ok(IndexMap::new()), |upstream| arrays("upstream", upstream))?;
    Ok(Data { inputs: arrays("inputs", inputs)?, upstream })
}

const LAYOUT: &str = "data are written {\"inputs\": {name: array}, \"upstream\": {output: array}}";

/// What is wrong with a text that is no JSON. Python writes NaN and Infinity, which JSON does not know.
fn broken(text: &str, error: &serde_json::Error) -> Fault {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    // The column is counted in bytes and stands on the letter that does not fit, or after it.
    let from = (0..=error.column().saturating_sub(1).min(line.len())).rev().find(|at| line.is_char_boundary(*at));
    let start = line[..from.unwrap_or(0)].rfind([',', '[', ':', ' ']).map_or(0, |at| at + 1);
    let word: String =
        line[start..].trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let place = format!("line {} column {}", error.line(), error.column());
    match word.as_str() {
        "NaN" | "Infinity" | "-Infinity" => {
            Fault::error(format!("the data hold {word} at {place}")).hint("data must be finite numbers")
        }
        _ if error.is_data() => Fault::error(format!("the data have {error}")).hint("remove one of the two"),
        _ if error.to_string().starts_with("number out of range") => {
            Fault::error(format!("the data hold a number beyond the range of floats at {place}"))
                .hint("data must be finite numbers")
        }
        _ if error.is_eof() => Fault::error(format!("the data end too early, at {place}")).hint("is the file cut off?"),
        _ => Fault::error(format!("the data are not JSON: {error}")),
    }
}

/// A JSON value in which no object has a name twice: the last one would win without a word.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Unique(Value::Null))
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Unique;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Unique(Value::Array(array)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        let mut map = Map::new();
        while let Some((name, Unique(value))) = items.next_entry::<String, Unique>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("`{name}` twice")));
            }
            map.insert(name, value);
        }
        Ok(Unique(Value::Object(map)))
    }
}

fn arrays(key: &str, value: &Value) -> Result<IndexMap<String, Array<f64>>, Fault> {
    let Value::Object(map) = value else {
        return Err(Fault::error(format!("`{key}` should be an object of arrays by name")).hint(LAYOUT));
    };
    map.iter().map(|(name, value)| Ok((name.clone(), array(name, value)?))).collect()
}

fn array(name: &str, value: &Value) -> Result<Array<f64>, Fault> {
    let (mut dims, mut first) = (Vec::new(), value);
    while let Value::Array(items) = first {
        dims.push(items.len());
        match items.first() {
            Some(item) => first = item,
            None => break,
        }
    }
    let mut data = Vec::new();
    flatten(name, value, &dims, &mut Vec::new(), &mut data)?;
    finite(name, dims, data)
}

/// Appends the entries of `value`, which stands at `place` and should have the axes `dims`.
fn flatten(
    name: &str,
    value: &Value,
    dims: &[usize],
    place: &mut Vec<usize>,
    data: &mut Vec<f64>,
) -> Result<(), Fault> {
    let here = |place: &[usize]| match place.is_empty() {
        true => format!("`{name}`"),
        false => format!("`{name}` at {place:?}"),
    };
    match (value, dims.split_first()) {
        (Value::Number(number), None) => {
            data.push(number.as_f64().unwrap_or(f64::NAN));
            Ok(())
        }
        (Value::Array(items), Some((dim, rest))) if items.len() == *dim => {
            for (at, item) in items.iter().enumerate() {
                place.push(at + 1);
                flatten(name, item, rest, place, data)?;
                place.pop();
            }
            Ok(())
        }
        (Value::Array(items), Some((dim, _))) => {
            Err(Fault::error(format!("{} has {} entries where the first row has {dim}", here(place), items.len()))
                .hint("all rows of an array must be equally long"))
        }
        (Value::Array(_), None) | (Value::Number(_), Some(_)) => {
            Err(Fault::error(format!("{} is not nested as deeply as the first entry", here(place)))
                .hint("all rows of an array must be equally long"))
        }
        (other, _) => {
            let kind = match other {
                Value::Null => "null",
                Value::Bool(_) => "true or false",
                Value::String(_) => "a text",
                _ => "an object",
            };
            Err(Fault::error(format!("{} is {kind}, not a number", here(place))))
        }
    }
}

/// Arrays by name as a JSON object of nested arrays.
pub fn nested(arrays: &IndexMap<String, Array<f64>>) -> Value {
    let mut map = Map::new();
    for (name, array) in arrays {
        map.insert(name.clone(), nest(array));
    }
    Value::Object(map)
}

/// An array as nested lists; a number without axes is a number.
pub fn nest(array: &Array<f64>) -> Value {
    split(&array.dims, &array.data)
}

fn split(dims: &[usize], data: &[f64]) -> Value {
    match dims.split_first() {
        None => data.first().and_then(|entry| Number::from_f64(*entry)).map_or(Value::Null, Value::Number),
        Some((0, _)) => Value::Array(Vec::new()),
        Some((dim, rest)) => {
            let size = data.len() / dim;
            Value::Array((0..*dim).map(|at| split(rest, &data[at * size..(at + 1) * size])).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        read(text.as_bytes()).expect_err("a fault").message
    }

    #[test]
    fn arrays_are_read_and_written_alike() {
        let text = r#"{"name": "x", "inputs": {"W": [[1.5, 2], [3e-5, -4]], "b": 0.1}, "upstream": {"y": [1]}}"#;
        let data = read(text.as_bytes()).expect("data");
        assert_eq!(data.inputs["W"], Array { dims: vec![2, 2], data: vec![1.5, 2.0, 3e-5, -4.0] });
        assert_eq!(data.inputs["b"].dims, Vec::<usize>::new());
        assert_eq!(nested(&data.inputs).to_string(), r#"{"W":[[1.5,2.0],[0.00003,-4.0]],"b":0.1}"#);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, said) in [
            ("", "the data end too early, at line 1 column 0"),
            (r#"{"inputs": {"x": [1, 2"#, "the data end too early, at line 1 column 22"),
            (r#"{"inputs": {"x": [1, NaN]}}"#, "the data hold NaN at line 1 column 22"),
            (r#"{"inputs": {"x": [1, -Infinity]}}"#, "the data hold -Infinity at line 1 column 23"),
            (r#"{"inputs": {"x": [[1, 2], [3]]}}"#, "`x` at [2] has 1 entries where the first row has 2"),
            (r#"{"inputs": {"x": [[1, 2], 3]}}"#, "`x` at [2] is not nested as deeply as the first entry"),
            (r#"{"inputs": {"x": [1, "a"]}}"#, "`x` at [2] is a text, not a number"),
            (r#"{"inputs": {"x": 1, "x": 2}}"#, "the data have `x` twice at line 1 column 27"),
            (r#"{"inputs": {"x": 1e400}}"#, "the data hold a number beyond the range of floats at line 1 column 22"),
            (r#"{"inputs": {}, "upsteam": {}}"#, "the data have `upsteam`"),
            (r#"{"upstream": {}}"#, "the data have no `inputs`"),
            ("[1]", "the data should be an object"),
        ] {
            assert_eq!(message(text), said);
        }
        assert_eq!(read("\u{feff}{\"inputs\": {\"x\": 1}}".as_bytes()).expect("data").inputs["x"].data, [1.0]);
        assert!(message("x = 3").starts_with("the data are not JSON"));
        assert!(message(&"[".repeat(100_000)).starts_with("the data are not JSON"));
    }
}
