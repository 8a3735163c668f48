//! Setters for structs whose fields may become more.

/// Adds a setter to a struct for each of these fields, which has the field's name.
macro_rules! setters {
    ($of:ident: $($field:ident: $type:ty),+ $(,)?) => {
        impl $of {
            $(
                #[doc = concat!("Sets the field `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(self, $field: $type) -> $of {
                    $of { $field, ..self }
                }
            )+
        }
    };
}

pub(super) use setters;
