//! Names of choices, the same in every language.

/// Gives an enum `ALL`, `name`, `Display` and `FromStr`.
macro_rules! named {
    ($type:ident, $what:literal: $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            #[doc = concat!("Every ", $what, ".")]
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The name that [`str::parse`] takes.
            pub fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            /// The error lists the names that there are.
            fn from_str(name: &str) -> Result<$type, String> {
                $type::ALL.iter().copied().find(|known| known.name() == name).ok_or_else(|| {
                    let names: Vec<_> = $type::ALL.iter().map(|known| known.name()).collect();
                    format!(concat!("there is no ", $what, " {:?}; use one of {}"), name, names.join(", "))
                })
            }
        }
    };
}

pub(super) use named;
