//! Takes the `post-return` functions out of a component before it is compiled.
//!
//! A component frees a result's memory in its `post-return` function, which the
//! engine runs before the host's code gets to see the result. The host here
//! reads results in place, from the guest's memory, and drops the whole
//! instance afterwards; freeing is both harmful to the first and pointless for
//! the second. A `post-return` function may not call imports, so that nobody
//! outside can tell that it did not run.

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent};
use wasm_encoder::{CanonicalFunctionSection, Component, ComponentSectionId, RawSection};
use wasmparser::{CanonicalFunction, CanonicalOption, CustomSectionReader, Parser};

struct Stripper;

impl Reencode for Stripper {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Stripper {
    fn parse_component_canonical(
        &mut self,
        section: &mut CanonicalFunctionSection,
        func: CanonicalFunction,
    ) -> Result<(), Error<Self::Error>> {
        let func = match func {
            CanonicalFunction::Lift {
                core_func_index,
                type_index,
                options,
            } => {
                let keep = |o: &CanonicalOption| !matches!(o, CanonicalOption::PostReturn(_));
                CanonicalFunction::Lift {
                    core_func_index,
                    type_index,
                    options: options.into_vec().into_iter().filter(keep).collect(),
                }
            }
            other => other,
        };
        wasm_encoder::reencode::component_utils::parse_component_canonical(self, section, func)
    }

    /// Names and manifests are for readers, not for the compiler.
    fn parse_component_custom_section(
        &mut self,
        _component: &mut Component,
        _section: CustomSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        Ok(())
    }

    /// Core modules are copied as they are.
    fn parse_component_submodule(
        &mut self,
        component: &mut Component,
        _parser: Parser,
        module: &[u8],
    ) -> Result<(), Error<Self::Error>> {
        component.section(&RawSection {
            id: ComponentSectionId::CoreModule.into(),
            data: module,
        });
        Ok(())
    }
}

/// The component without `post-return` functions. `component` must be valid.
///
/// # Errors
/// A sentence, if the component cannot be read.
pub(crate) fn without_post_return(component: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Component::new();
    Stripper
        .parse_component(&mut out, Parser::new(0), component)
        .map_err(|e| e.to_string())?;
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::Payload;

    #[test]
    fn lifts_lose_their_post_return_and_nothing_else() {
        let component = wat::parse_str(
            r#"(component
                (core module $m
                    (memory (export "memory") 1)
                    (func (export "f") (result i32) i32.const 8)
                    (func (export "free") (param i32)))
                (core instance $i (instantiate $m))
                (func (export "f") (result string)
                    (canon lift (core func $i "f") (memory (core memory $i "memory")) (post-return (core func $i "free")))))"#,
        )
        .expect("the text is a component");
        let stripped = without_post_return(&component).expect("it can be stripped");
        wasmparser::validate(&stripped).expect("what is left is valid");
        let mut options = Vec::new();
        for payload in Parser::new(0).parse_all(&stripped) {
            if let Payload::ComponentCanonicalSection(section) = payload.expect("readable") {
                for func in section {
                    if let CanonicalFunction::Lift { options: o, .. } = func.expect("readable") {
                        options.extend(o.into_vec());
                    }
                }
            }
        }
        assert_eq!(options, [CanonicalOption::Memory(0)]);
    }
}
