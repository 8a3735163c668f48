use crate::protocol::Message;

/// A view of an event: its headers, by name and type.
pub trait View<'a>: Sized {
    /// The name of the event.
    const NAME: &'static str;

    /// The view of this message, whatever its name is.
    fn over(message: &'a Message) -> Self;
}

impl Message {
    /// The event as a view, if it has the view's name.
    #[inline]
    pub fn view<'a, V: View<'a>>(&'a self) -> Option<V> {
        self.is(V::NAME).then(|| V::over(self))
    }
}
