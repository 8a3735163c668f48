//! A gateway for ordinary threads.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::callback::{Stop, sms_sink};
use super::client::Client;
use super::completions::Around;
use super::events::Events;
use super::executor::{Executor, ExecutorJobs};
use super::fork::{self, ProcessStamp};
use super::handlers::Handlers;
use super::inbox::Inbox;
use super::pool::in_callback;
use super::runtime::{Runtime, within};
use super::subscription::Subscription;
use super::wait::{done, wait};
use crate::error::{Error, Result};
use crate::events::{Event, Filter};
use crate::gsm::{self, GatewayConfig, Port, PortStatus, Power, Receipt, SendError, Sms, SmsRequest, UssdReply};
use crate::protocol::{Batch, later};

struct Inner {
    gateway: gsm::Gateway,
    handlers: Arc<Handlers>,
}

/// A GSM gateway, for ordinary threads. Every method may be called from any thread, and from callbacks as well.
///
/// Dropping it closes it.
pub struct Gateway {
    stamp: ProcessStamp,
    /// Taken out, and leaked, where it was inherited from a parent process.
    inner: Option<Inner>,
}

impl Gateway {
    /// Logs in, and finds out which dialect the gateway speaks, unless the configuration says.
    ///
    /// # Errors
    /// As [`gsm::Gateway::connect`]; [`crate::ErrorKind::Io`] if the shared thread cannot start.
    pub fn connect(config: impl Into<GatewayConfig>) -> Result<Gateway> {
        Gateway::connect_with(config.into(), None)
    }

    /// [`Gateway::connect`], with all callbacks and completions on the thread of an executor.
    ///
    /// # Errors
    /// As there; [`crate::ErrorKind::Forked`] for an executor of the parent's.
    pub fn connect_on(config: impl Into<GatewayConfig>, executor: &Executor) -> Result<Gateway> {
        Gateway::connect_with(config.into(), Some(executor.jobs()))
    }

    /// The same for the bindings.
    pub(crate) fn connect_with(config: GatewayConfig, executor: Option<Arc<ExecutorJobs>>) -> Result<Gateway> {
        done(wait(Gateway::connecting_with(config, |turn| turn(), executor)?, None))
    }

    /// [`Gateway::connect`] as a future, to be waited for with [`wait`], with what its completions need around them. Dropping it
    /// cancels the attempt.
    #[cfg(feature = "python")]
    pub(crate) fn connecting(
        config: GatewayConfig,
        around: Around,
    ) -> Result<impl Future<Output = Result<Gateway>> + Send + use<>> {
        Gateway::connecting_with(config, around, None)
    }

    fn connecting_with(
        config: GatewayConfig,
        around: Around,
        executor: Option<Arc<ExecutorJobs>>,
    ) -> Result<impl Future<Output = Result<Gateway>> + Send + use<>> {
        let handlers = Arc::new(Handlers::new(config.client.action_timeout, around, executor)?);
        Ok(async move {
            let gateway = within(Arc::clone(&handlers.runtime), gsm::Gateway::connect(config)).await?;
            Ok(Gateway { stamp: ProcessStamp::current(), inner: Some(Inner { gateway, handlers }) })
        })
    }

    fn inner(&self) -> Result<&Inner> {
        self.stamp.check()?;
        self.inner.as_ref().ok_or_else(Error::closed)
    }

    /// The asynchronous gateway under this one; its futures are to be waited for with [`Gateway::within`] and [`wait`].
    #[doc(hidden)]
    pub fn asynchronous(&self) -> Result<&gsm::Gateway> {
        Ok(&self.inner()?.gateway)
    }

    /// Has a future run within the shared runtime, which its timers and tasks need; to be waited for with [`wait`].
    #[doc(hidden)]
    pub fn within<F: Future>(&self, future: F) -> Result<impl Future<Output = F::Output> + use<F>> {
        Ok(within(Arc::clone(&self.inner()?.handlers.runtime), future))
    }

    /// Calls something of the asynchronous gateway's within the shared runtime.
    #[doc(hidden)]
    pub fn enter<R>(&self, call: impl FnOnce(&gsm::Gateway) -> R) -> Result<R> {
        let inner = self.inner()?;
        let _runtime = inner.handlers.runtime.io.handle.enter();
        Ok(call(&inner.gateway))
    }

    /// Sends an SMS and waits until the network took it, or did not.
    ///
    /// # Errors
    /// As [`gsm::Gateway::send`].
    pub fn send(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let inner = self.inner()?;
        done(wait(self.within(inner.gateway.send(request))?, None))
    }

    /// Puts an SMS into its port's queue and hands its receipt to `completion`, exactly once, on a thread of libami's.
    ///
    /// # Errors
    /// As [`gsm::Gateway::submit`]; the completion is then dropped without a call.
    pub fn submit(
        &self,
        request: &SmsRequest,
        completion: impl FnOnce(Result<Receipt, SendError>) + Send + 'static,
    ) -> Result<(), SendError> {
        let inner = self.inner()?;
        inner.handlers.expect(completion, |done| {
            let sending = self.enter(|gateway| gateway.submit(request))??;
            // A thread that waits for the outcome keeps the runtime, also if the gateway is dropped inside a callback meanwhile.
            let runtime = Arc::clone(&inner.handlers.runtime);
            inner.handlers.runtime.io.handle.spawn(async move {
                done(sending.await);
                drop(runtime);
            });
            Ok(())
        })
    }

    /// Sends a USSD code and waits for the network's reply.
    ///
    /// # Errors
    /// As [`gsm::Gateway::send_ussd`].
    pub fn send_ussd(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        let inner = self.inner()?;
        done(wait(self.within(inner.gateway.send_ussd(port, code, timeout))?, None))
    }

    /// Begins a USSD dialogue.
    ///
    /// # Errors
    /// As [`gsm::Gateway::dial`].
    pub fn dial(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdDialogue> {
        let inner = self.inner()?;
        let dialogue = done(wait(self.within(inner.gateway.dial(port, code, timeout))?, None))?;
        Ok(UssdDialogue { stamp: self.stamp, runtime: Arc::clone(&inner.handlers.runtime), dialogue })
    }

    /// All ports, as they are now.
    ///
    /// # Errors
    /// As [`gsm::Gateway::ports`].
    pub fn ports(&self) -> Result<Vec<PortStatus>> {
        done(wait(self.inner()?.gateway.ports(), None))
    }

    /// All ports, as they are now, within another time than the action timeout.
    ///
    /// # Errors
    /// As [`gsm::Gateway::ports_within`].
    pub fn ports_within(&self, timeout: Duration) -> Result<Vec<PortStatus>> {
        done(wait(self.inner()?.gateway.ports_within(timeout), None))
    }

    /// Turns a port on or off, or begins it anew.
    ///
    /// # Errors
    /// As [`gsm::Gateway::power`].
    pub fn power(&self, port: impl Into<Port>, power: Power) -> Result<()> {
        done(wait(self.inner()?.gateway.power(port, power), None))
    }

    /// Has the gateway read a port's settings again.
    ///
    /// # Errors
    /// As [`gsm::Gateway::reload`].
    pub fn reload(&self, port: impl Into<Port>) -> Result<()> {
        done(wait(self.inner()?.gateway.reload(port), None))
    }

    /// The SMS, reports and USSD texts that come in from now on, to be pulled. A text in parts is put together.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Closed`]; [`crate::ErrorKind::Forked`].
    pub fn inbox(&self) -> Result<Inbox> {
        self.subscribe(Filter::all()).map(Inbox::new)
    }

    /// The same as events, to be pulled, see [`gsm::Gateway::subscribe`].
    ///
    /// # Errors
    /// As [`Gateway::inbox`].
    pub fn subscribe(&self, filter: Filter) -> Result<Events> {
        let inner = self.inner()?;
        inner.handlers.check()?;
        Ok(Events::new(inner.gateway.subscribe(filter)?, self.stamp))
    }

    /// The session for what comes in, as a client: for the server's own events, actions, and what becomes of the connection.
    /// It goes with the gateway, and is not to be closed by itself.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Forked`].
    pub fn client(&self) -> Result<Client> {
        let inner = self.inner()?;
        let (client, handlers) = (inner.gateway.client().clone(), Arc::clone(&inner.handlers));
        Ok(Client::lent(self.stamp, client, handlers))
    }

    /// The SMS that wait for a port, one under way not counted.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Forked`].
    pub fn waiting(&self, port: impl Into<Port>) -> Result<usize> {
        Ok(self.inner()?.gateway.waiting(port))
    }

    /// Events of SMS, reports and USSD texts that come in from now on: `call` gets them one at a time, on threads of libami's.
    /// [`gsm::Incoming::from_event`] reads them.
    ///
    /// # Errors
    /// As [`Gateway::subscribe`].
    pub fn on(&self, filter: Filter, mut call: impl FnMut(&Event) + Send + 'static) -> Result<Subscription> {
        self.on_batch_with(filter, || {
            move |batch: Batch, stop: Stop<'_>| {
                for event in batch.iter().take_while(|_| !stop.is_set()) {
                    call(&event);
                }
            }
        })
    }

    /// SMS that come in from now on: `call` gets them one at a time, on threads of libami's.
    ///
    /// # Errors
    /// As [`Gateway::subscribe`].
    pub fn on_sms(&self, call: impl FnMut(&Sms) + Send + 'static) -> Result<Subscription> {
        self.on_sms_with(|| call)
    }

    /// [`Gateway::on`] batch by batch, with a sink that is made only if the subscription is not refused.
    #[doc(hidden)]
    pub fn on_batch_with<S>(&self, filter: Filter, make: impl FnOnce() -> S) -> Result<Subscription>
    where
        S: FnMut(Batch, Stop<'_>) + Send + 'static,
    {
        let inner = self.inner()?;
        inner.handlers.callback(self.stamp, inner.gateway.subscribe(filter)?, || Box::new(make()))
    }

    /// [`Gateway::on_sms`] with a function that is made only if the subscription is not refused.
    #[doc(hidden)]
    pub fn on_sms_with<C>(&self, make: impl FnOnce() -> C) -> Result<Subscription>
    where
        C: FnMut(&Sms) + Send + 'static,
    {
        let inner = self.inner()?;
        inner.handlers.callback(self.stamp, inner.gateway.subscribe(Filter::of(&["#sms"]))?, || sms_sink(make()))
    }

    /// Ends everything: what waits in queues is not sent, what is under way is waited for. Returns receipts of what was not
    /// sent. Inside a callback it does not wait.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Busy`] if a callback did not return within the action timeout; [`crate::ErrorKind::Forked`].
    pub fn close(&self) -> Result<Vec<Receipt>> {
        let not_sent = self.stop()?;
        self.close_until(None)?;
        Ok(not_sent)
    }

    /// Begins to close: what waits in queues is not sent, and nothing more is taken. Returns receipts of what was not sent.
    #[doc(hidden)]
    pub fn stop(&self) -> Result<Vec<Receipt>> {
        Ok(self.inner()?.gateway.stop())
    }

    /// [`Gateway::close`], waiting no longer than this. Returns whether what was under way is over; called again, it goes on
    /// waiting.
    #[doc(hidden)]
    pub fn close_within(&self, timeout: Duration) -> Result<bool> {
        self.close_until(Some(later(Instant::now(), timeout)))
    }

    fn close_until(&self, deadline: Option<Instant>) -> Result<bool> {
        let inner = self.inner()?;
        inner.gateway.stop();
        if in_callback() {
            let (gateway, runtime) = (inner.gateway.clone(), Arc::clone(&inner.handlers.runtime));
            inner.handlers.runtime.io.handle.spawn(async move {
                let _ = gateway.close().await;
                drop(runtime);
            });
        } else if wait(inner.gateway.close(), deadline).is_none() {
            return Ok(false);
        }
        let patience = inner.gateway.client().config().action_timeout;
        inner.handlers.end(deadline.unwrap_or_else(|| later(Instant::now(), patience)), "gateway")?;
        Ok(true)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if self.stamp.is_current() {
            let _ = self.close();
        } else {
            if let Some(inner) = &self.inner {
                inner.gateway.inherited_sockets().into_iter().for_each(fork::close_inherited);
            }
            std::mem::forget(self.inner.take());
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.inner() {
            Ok(inner) => f.debug_tuple("Gateway").field(&inner.gateway).finish(),
            Err(_) => f.debug_tuple("Gateway").finish(),
        }
    }
}

/// A talk with the network by USSD, for ordinary threads.
pub struct UssdDialogue {
    stamp: ProcessStamp,
    runtime: Arc<Runtime>,
    dialogue: gsm::UssdDialogue,
}

impl UssdDialogue {
    /// The network's last reply.
    pub fn reply(&self) -> &UssdReply {
        self.dialogue.reply()
    }

    /// Tells whether the network waits for an answer.
    pub fn is_open(&self) -> bool {
        self.dialogue.is_open()
    }

    /// Answers, and waits for the next reply.
    ///
    /// # Errors
    /// As [`gsm::UssdDialogue::answer`]; [`crate::ErrorKind::Forked`].
    pub fn answer(&mut self, answer: &str) -> Result<&UssdReply> {
        self.stamp.check()?;
        done(wait(within(Arc::clone(&self.runtime), self.dialogue.answer(answer)), None))
    }

    /// Ends it here, see [`gsm::UssdDialogue::end`].
    pub fn end(&mut self) {
        self.dialogue.end();
    }
}

impl Drop for UssdDialogue {
    fn drop(&mut self) {
        if !self.stamp.is_current() {
            // A handle that was inherited from a parent process never goes with the last of its owners.
            std::mem::forget((Arc::clone(&self.runtime), self.dialogue.gateway().clone()));
        }
    }
}

impl fmt::Debug for UssdDialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dialogue.fmt(f)
    }
}
