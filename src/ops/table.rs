//! The macro behind the table of ops.

/// Expands the table into the enums `Op` and `Drawn` and their forwarding.
macro_rules! ops {
    ($($family:ident { $($folder:ident::$module:ident::$op:ident),* $(,)? })*) => {
        /// Any op as the spec writes it.
        #[derive(Clone, Debug)]
        pub enum Op { $($(#[doc = concat!("See `", stringify!($module), "`.")] $op($folder::$module::$op),)*)* }

        /// What any op drew for one row.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "op", rename_all = "snake_case")]
        pub enum Drawn {
            $($(#[doc = concat!("See `", stringify!($module), "`.")] $op(<$folder::$module::$op as Transform>::Params),)*)*
        }

        impl Op {
            /// Every op, in the order of the table.
            pub const ALL: &'static [Entry] = &[$($(Entry {
                name: <$folder::$module::$op>::NAME,
                family: Family::$family,
                summary: <$folder::$module::$op>::SUMMARY,
                example: <$folder::$module::$op>::EXAMPLE,
                reference: <$folder::$module::$op>::REFERENCE,
                targets: match <$folder::$module::$op>::TARGETS {
                    Some(targets) => targets,
                    None => Family::$family.targets(),
                },
                serves: match <$folder::$module::$op>::SERVES {
                    Some(serves) => serves,
                    None => Family::$family.serves(),
                },
            },)*)*];

            /// Reads the op called `name`; `None` if there is none.
            pub fn read(name: &str, fields: &mut Fields<'_>) -> Option<Self> {
                $($(if name == <$folder::$module::$op>::NAME {
                    return Some(Self::$op(<$folder::$module::$op>::read(fields)));
                })*)*
                None
            }

            /// The word in the spec.
            pub fn name(&self) -> &'static str {
                match self { $($(Self::$op(_) => <$folder::$module::$op>::NAME,)*)* }
            }

            /// What it does to masks, boxes and key points.
            pub fn targets(&self) -> Targets {
                match self {
                    $($(Self::$op(_) => <$folder::$module::$op>::TARGETS.unwrap_or(Family::$family.targets()),)*)*
                }
            }

            /// Which pictures it serves.
            pub fn serves(&self) -> Serves {
                match self {
                    $($(Self::$op(_) => <$folder::$module::$op>::SERVES.unwrap_or(Family::$family.serves()),)*)*
                }
            }

            /// Whether every application does the same.
            pub fn is_fixed(&self) -> bool {
                match self { $($(Self::$op(op) => op.is_fixed(),)*)* }
            }

            /// The pictures that it refers to, if it does.
            pub fn references(&mut self) -> Option<&mut References> {
                match self { $($(Self::$op(op) => op.references(),)*)* }
            }

            /// The sizes after this op.
            ///
            /// # Errors
            /// If it cannot be applied to every picture whose size is in `input`.
            pub fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
                match self { $($(Self::$op(op) => op.sizes(input),)*)* }
            }

            /// Decides for one row.
            pub fn sample(&self, rng: &mut Rng, input: Size) -> Drawn {
                match self { $($(Self::$op(op) => Drawn::$op(op.sample(rng, input)),)*)* }
            }
        }

        impl Drawn {
            /// What it does to masks, boxes and key points.
            pub fn targets(&self) -> Targets {
                match self {
                    $($(Self::$op(_) => <$folder::$module::$op>::TARGETS.unwrap_or(Family::$family.targets()),)*)*
                }
            }

            /// The size of the result.
            pub fn output_size(&self, input: Size) -> Size {
                match self { $($(Self::$op(params) => <$folder::$module::$op as Transform>::output_size(params, input),)*)* }
            }

            /// Adds what to do to the pixels of a picture of size `input`.
            pub fn lower(&self, input: Size, lowered: &mut Vec<Lowered>) {
                match self { $($(Self::$op(params) => <$folder::$module::$op as Transform>::lower(params, input, lowered),)*)* }
            }

            /// Fills `target`, if [`Self::lower`] said that it must be applied.
            pub fn apply(&self, source: &Image, tools: &mut Tools, target: &mut [u8]) {
                match self {
                    $($(Self::$op(params) => <$folder::$module::$op as Transform>::apply(params, source, tools, target),)*)*
                }
            }

            /// As [`Self::apply`], for pictures of other channels and depths, if the op serves them.
            pub fn apply_deep(&self, source: &Deep, tools: &mut Tools, target: &mut Deep) {
                match self {
                    $($(Self::$op(params) => <$folder::$module::$op as Transform>::apply_deep(params, source, tools, target),)*)*
                }
            }
        }
    };
}

pub(super) use ops;
