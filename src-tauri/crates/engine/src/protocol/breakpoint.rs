//! Breakpoint: which pipe of a command is watched or held, and what lets a held one go on.

use serde::{Deserialize, Deserializer, de};

/// One element of `breakpoints` in a command: the pipe's index, or with the feature `breakpoints` an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(untagged), schemars(untagged))]
pub enum BreakpointRequest {
    /// Watch the pipe of this index.
    Index(usize),
    /// Watch or hold a pipe.
    Options(BreakpointOptions),
}

/// A breakpoint with what can be asked for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct BreakpointOptions {
    /// The pipe's index.
    pub location: usize,
    /// Whether what flows is only shown or stops at this pipe; `watch` where it is left out.
    pub mode: Option<BreakpointMode>,
    /// Bytes to keep of the beginning of each stream of a run; 1 MiB where it is left out.
    pub head: Option<usize>,
    /// Bytes to keep of the end; 1 MiB where it is left out.
    pub tail: Option<usize>,
}

/// What a breakpoint does to its pipe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum BreakpointMode {
    /// What flows is shown.
    #[default]
    Watch,
    /// It is shown and stops at the pipe, until an update of type `breakpoint` lets it go on.
    Hold,
}

/// What becomes of the flow through a tapped pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum BreakpointAction {
    /// All goes on.
    Continue,
    /// Some lines go on, and then it is held.
    Step,
    /// Nothing goes on.
    Hold,
}

impl BreakpointRequest {
    /// The pipe's index.
    pub fn location(&self) -> usize {
        match self {
            Self::Index(location) => *location,
            Self::Options(options) => options.location,
        }
    }

    /// What was asked for it.
    pub fn options(&self) -> BreakpointOptions {
        match self {
            Self::Index(location) => {
                BreakpointOptions { location: *location, ..BreakpointOptions::default() }
            }
            Self::Options(options) => options.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for BreakpointRequest {
    /// Unlike an untagged enum this names the field that is wrong.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Element;

        impl<'de> de::Visitor<'de> for Element {
            type Value = BreakpointRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("the index of a pipe, or an object with its \"location\"")
            }

            fn visit_u64<E: de::Error>(self, index: u64) -> Result<Self::Value, E> {
                let out_of_range = |_| E::invalid_value(de::Unexpected::Unsigned(index), &self);
                usize::try_from(index).map(BreakpointRequest::Index).map_err(out_of_range)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let options = BreakpointOptions::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(BreakpointRequest::Options(options))
            }
        }

        deserializer.deserialize_any(Element)
    }
}
