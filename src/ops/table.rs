//! The macro behind the table of ops.

/// Expands the table into the enums `Op` and `Drawn` and their forwarding.
macro_rules! ops {
    ($($module:ident::$op:ident),* $(,)?) => {
        /// Any op as the spec writes it.
        #[derive(Clone, Debug)]
        pub enum Op { $(#[doc = concat!("See `", stringify!($module), "`.")] $op($module::$op)),* }

        /// What any op drew for one row.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "op", rename_all = "snake_case")]
        pub enum Drawn { $(#[doc = concat!("See `", stringify!($module), "`.")] $op(<$module::$op as Transform>::Params)),* }

        impl Op {
            /// Name, summary and example of every op, in the order of the table.
            pub const ALL: &'static [(&'static str, &'static str, &'static str)] =
                &[$((<$module::$op>::NAME, <$module::$op>::SUMMARY, <$module::$op>::EXAMPLE)),*];

            /// Reads the op called `name`; `None` if there is none.
            pub fn read(name: &str, fields: &mut Fields<'_>) -> Option<Self> {
                $(if name == <$module::$op>::NAME { return Some(Self::$op(<$module::$op>::read(fields))); })*
                None
            }

            /// The word in the spec.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$op(_) => <$module::$op>::NAME),* }
            }

            /// Whether every application does the same.
            pub fn is_fixed(&self) -> bool {
                match self { $(Self::$op(op) => op.is_fixed()),* }
            }

            /// The size after this op.
            ///
            /// # Errors
            /// If it cannot be applied to a picture of size `input`.
            pub fn output_size(&self, input: Size) -> Result<Size, String> {
                match self { $(Self::$op(op) => op.output_size(input)),* }
            }

            /// Decides for one row.
            pub fn sample(&self, rng: &mut Rng, input: Size) -> Drawn {
                match self { $(Self::$op(op) => Drawn::$op(op.sample(rng, input))),* }
            }
        }

        impl Drawn {
            /// Adds what to do to the pixels of a picture of size `input`.
            pub fn lower(&self, input: Size, lowered: &mut Vec<Lowered>) {
                match self { $(Self::$op(params) => <$module::$op as Transform>::lower(params, input, lowered)),* }
            }
        }
    };
}

pub(super) use ops;
