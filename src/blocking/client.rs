//! The client for ordinary threads.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::callback::{Stop, sms_sink};
use super::completions::Around;
use super::events::Events;
use super::executor::{Executor, ExecutorJobs};
use super::fork::{self, ProcessStamp};
use super::handlers::Handlers;
use super::pool::in_callback;
use super::runtime::within;
use super::subscription::Subscription;
use super::wait::{done, wait};
use crate::client::{self, Config, FilteredBy, Originate, OriginateOutcome, State, Stats};
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, Filter};
use crate::gsm::{GatewayConfig, Inbox, Receipt, SendError, Sms, SmsClient, SmsRequest, UssdReply};
use crate::protocol::{Action, Batch, Response, later};
use crate::typed::EventFilter;

struct Inner {
    client: client::Client,
    sms: SmsClient,
    handlers: Arc<Handlers>,
    /// The session is a gateway's, which closes it.
    is_lent: bool,
}

/// An action that was submitted. It does not keep the client.
#[cfg(feature = "python")]
pub(crate) struct Submitted {
    stamp: ProcessStamp,
    client: client::WeakClient,
    ticket: u64,
}

#[cfg(feature = "python")]
impl Submitted {
    /// Refuses to be used in another process, where its outcome never comes.
    pub fn check(&self) -> Result<()> {
        self.stamp.check()
    }

    /// Ends it if it has not ended: it is not sent, or its answer is dropped, and so is its completion.
    pub fn cancel(&self) {
        if self.stamp.is_current() {
            self.client.cancel(self.ticket);
        }
    }
}

/// A client of one server, for ordinary threads. Every method may be called from any thread, and from callbacks as well.
///
/// Dropping it closes it.
pub struct Client {
    stamp: ProcessStamp,
    /// Taken out, and leaked, where it was inherited from a parent process.
    inner: Option<Inner>,
}

impl Client {
    /// A client that is not connected yet. It can be subscribed to, so that no event is missed once it is open.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a configuration that cannot work; [`ErrorKind::Io`] if the shared thread cannot start.
    pub fn new(config: Config) -> Result<Client> {
        Client::of_gateway(config.into())
    }

    /// [`Client::new`], with all callbacks and completions on the thread of an executor.
    ///
    /// # Errors
    /// As there; [`ErrorKind::Forked`] for an executor of the parent's.
    pub fn new_on(config: Config, executor: &Executor) -> Result<Client> {
        Client::of_gateway_on(config.into(), Some(executor.jobs()))
    }

    /// A client that sends SMS and USSD in the dialect of these settings, for the bindings.
    #[doc(hidden)]
    pub fn of_gateway(config: GatewayConfig) -> Result<Client> {
        Client::of_gateway_on(config, None)
    }

    /// The same, with its callbacks on the thread of an executor.
    pub(crate) fn of_gateway_on(config: GatewayConfig, executor: Option<Arc<ExecutorJobs>>) -> Result<Client> {
        Client::made(config, |turn| turn(), executor)
    }

    /// The same on libami's threads, with what its completions need around them.
    #[cfg(feature = "python")]
    pub(crate) fn of_gateway_around(config: GatewayConfig, around: Around) -> Result<Client> {
        Client::made(config, around, None)
    }

    fn made(config: GatewayConfig, around: Around, executor: Option<Arc<ExecutorJobs>>) -> Result<Client> {
        let sms = SmsClient::new(config)?;
        let client = sms.client().clone();
        let handlers = Arc::new(Handlers::new(client.config().action_timeout, around, executor)?);
        Ok(Client { stamp: ProcessStamp::current(), inner: Some(Inner { client, sms, handlers, is_lent: false }) })
    }

    /// Connects and logs in: [`Client::new`] and [`Client::open`] in one.
    ///
    /// # Errors
    /// As both.
    pub fn connect(config: Config) -> Result<Client> {
        let client = Client::new(config)?;
        client.open()?;
        Ok(client)
    }

    /// A gateway's session, which the gateway closes.
    pub(super) fn lent(stamp: ProcessStamp, client: client::Client, handlers: Arc<Handlers>) -> Client {
        Client { stamp, inner: Some(Inner { sms: SmsClient::of(client.clone()), client, handlers, is_lent: true }) }
    }

    fn inner(&self) -> Result<&Inner> {
        self.stamp.check()?;
        self.inner.as_ref().ok_or_else(Error::closed)
    }

    /// The asynchronous client under this one, to be waited for with [`wait`].
    #[doc(hidden)]
    pub fn asynchronous(&self) -> Result<&client::Client> {
        Ok(&self.inner()?.client)
    }

    /// Has a future run within the shared runtime, which its timers and tasks need; to be waited for with [`wait`].
    #[doc(hidden)]
    pub fn within<F: Future>(&self, future: F) -> Result<impl Future<Output = F::Output> + use<F>> {
        Ok(within(Arc::clone(&self.inner()?.handlers.runtime), future))
    }

    /// Calls something of the asynchronous client's within the shared runtime.
    #[doc(hidden)]
    pub fn enter<R>(&self, call: impl FnOnce(&client::Client) -> R) -> Result<R> {
        let inner = self.inner()?;
        let _runtime = inner.handlers.runtime.io.handle.enter();
        Ok(call(&inner.client))
    }

    /// SMS and USSD in the dialect that the client was made with, for the bindings.
    #[doc(hidden)]
    pub fn sms(&self) -> Result<&SmsClient> {
        Ok(&self.inner()?.sms)
    }

    #[doc(hidden)]
    pub fn sms_inbox(&self) -> Result<Inbox> {
        let inner = self.inner()?;
        let _runtime = inner.handlers.runtime.io.handle.enter();
        inner.sms.inbox()
    }

    /// [`Client::open`] as a future, to be waited for with [`wait`]. Dropping it cancels the attempt.
    #[doc(hidden)]
    pub fn opening(&self) -> Result<impl Future<Output = Result<()>> + Send + use<>> {
        let client = self.inner()?.client.clone();
        // The link's task is spawned in it.
        self.within(async move { client.open().await })
    }

    /// Connects and logs in, within the connect timeout. Once for a client; [`Client::close`] cancels it.
    ///
    /// # Errors
    /// As [`client::Client::open`].
    pub fn open(&self) -> Result<()> {
        done(wait(self.opening()?, None))
    }

    /// Begins to connect and to log in, and returns. The marker `#state` tells how it went, and [`Client::until`] waits for it.
    /// In place of [`Client::open`], for threads that must not wait.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the client was opened before; [`ErrorKind::Closed`]; [`ErrorKind::Forked`].
    pub fn start(&self) -> Result<()> {
        self.enter(client::Client::start)?
    }

    /// Logs off and ends everything: waiting calls, subscriptions, callbacks. When it returns `Ok` outside a callback, no
    /// code of the program's that was handed to this client is running or will run. Inside a callback it does not wait.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if a callback did not return within the action timeout; [`ErrorKind::Forked`];
    /// [`ErrorKind::State`] for a gateway's session, which goes with the gateway.
    pub fn close(&self) -> Result<()> {
        self.close_until(self.inner()?, None).map(drop)
    }

    /// [`Client::close`], waiting no longer than this. Returns whether the session is over too; called again, it goes on
    /// waiting.
    #[doc(hidden)]
    pub fn close_within(&self, timeout: Duration) -> Result<bool> {
        self.close_until(self.inner()?, Some(later(Instant::now(), timeout)))
    }

    /// Without a deadline it waits for the session, which soon leaves by itself if the server does not answer, and then has
    /// patience with callbacks for the action timeout.
    fn close_until(&self, inner: &Inner, deadline: Option<Instant>) -> Result<bool> {
        if inner.is_lent {
            return Err(Error::new(ErrorKind::State, "this session is a gateway's; it is closed with the gateway"));
        }
        inner.client.start_close();
        let mut over = true;
        if in_callback() {
            // The session ends by itself; the runtime must outlive it.
            let (client, runtime) = (inner.client.clone(), Arc::clone(&inner.handlers.runtime));
            inner.handlers.runtime.io.handle.spawn(async move {
                let _ = client.close().await;
                drop(runtime);
            });
        } else {
            over = wait(inner.client.close(), deadline).is_some();
        }
        let deadline = deadline.unwrap_or_else(|| later(Instant::now(), inner.client.config().action_timeout));
        inner.handlers.end(deadline, "client")?;
        Ok(over)
    }

    /// Sends an action and waits for its whole answer, within the configured action timeout.
    ///
    /// # Errors
    /// As [`client::Client::call`]; [`ErrorKind::Forked`].
    pub fn call(&self, action: &Action) -> Result<Response> {
        self.call_within(action, None)
    }

    /// [`Client::call`] with a timeout of its own, as [`client::Client::call_within`].
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn call_within(&self, action: &Action, timeout: impl Into<Option<Duration>>) -> Result<Response> {
        done(wait(self.inner()?.client.call_within(action, timeout), None))
    }

    /// Sends an action and hands its outcome to `completion`, exactly once, on a thread of libami's.
    ///
    /// # Errors
    /// As [`client::Client::call`] where nothing was written; the completion is then dropped without a call.
    pub fn submit(
        &self,
        action: &Action,
        timeout: Option<Duration>,
        completion: impl FnOnce(Result<Response>) + Send + 'static,
    ) -> Result<()> {
        self.send(action, timeout, completion).map(drop)
    }

    /// [`Client::submit`]; returns what cancels it.
    #[cfg(feature = "python")]
    pub(crate) fn submit_action(
        &self,
        action: &Action,
        timeout: Option<Duration>,
        completion: impl FnOnce(Result<Response>) + Send + 'static,
    ) -> Result<Submitted> {
        let ticket = self.send(action, timeout, completion)?;
        Ok(Submitted { stamp: self.stamp, client: self.inner()?.client.weak(), ticket })
    }

    fn send(
        &self,
        action: &Action,
        timeout: Option<Duration>,
        completion: impl FnOnce(Result<Response>) + Send + 'static,
    ) -> Result<u64> {
        let inner = self.inner()?;
        inner.client.submit(action, timeout, inner.handlers.expect_action(completion)?)
    }

    /// Runs a CLI command; [`Response::output`] is its text. Build the line from trusted text only.
    ///
    /// # Errors
    /// As [`client::Client::command`].
    pub fn command(&self, line: &str) -> Result<Response> {
        self.command_within(line, None)
    }

    /// [`Client::command`] with a timeout of its own.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub fn command_within(&self, line: &str, timeout: impl Into<Option<Duration>>) -> Result<Response> {
        done(wait(self.inner()?.client.command_within(line, timeout), None))
    }

    /// Sends a `Ping`; returns how long the answer took.
    ///
    /// # Errors
    /// As [`client::Client::call`].
    pub fn ping(&self) -> Result<Duration> {
        done(wait(self.inner()?.client.ping(), None))
    }

    /// Tells whether the server knows this action and lets this account call it, as [`client::Client::can`].
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn can(&self, action: &str) -> Result<bool> {
        done(wait(self.inner()?.client.can(action), None))
    }

    /// Has the server send only events that pass the filter, as [`client::Client::filter_events`].
    ///
    /// # Errors
    /// As there.
    pub fn filter_events(&self, filter: &EventFilter) -> Result<FilteredBy> {
        done(wait(self.inner()?.client.filter_events(filter), None))
    }

    /// Has the server set up a call, and waits until it is answered or is not.
    ///
    /// # Errors
    /// As [`client::Client::originate`]; [`ErrorKind::Forked`].
    pub fn originate(&self, call: &Originate) -> Result<OriginateOutcome> {
        let inner = self.inner()?;
        done(wait(self.within(inner.client.originate(call))?, None))
    }

    /// The state of the connection.
    ///
    /// # Errors
    /// [`ErrorKind::Forked`].
    pub fn state(&self) -> Result<State> {
        Ok(self.inner()?.client.state())
    }

    /// Waits until the connection is in this state.
    ///
    /// # Errors
    /// As [`client::Client::until`]; [`ErrorKind::Forked`].
    pub fn until(&self, wanted: State) -> Result<()> {
        done(wait(self.inner()?.client.until(wanted), None))
    }

    /// [`Client::until`] for no longer than the timeout; returns whether the state was reached.
    ///
    /// # Errors
    /// As [`Client::until`].
    pub fn until_within(&self, wanted: State, timeout: Duration) -> Result<bool> {
        let deadline = later(Instant::now(), timeout);
        wait(self.inner()?.client.until(wanted), Some(deadline)).map_or(Ok(false), |reached| reached.map(|()| true))
    }

    /// [`Client::until_within`] as a future, to be waited for with [`wait`]; without a timeout it waits for ever.
    #[doc(hidden)]
    pub fn reaching(
        &self,
        wanted: State,
        timeout: Option<Duration>,
    ) -> Result<impl Future<Output = Result<bool>> + Send + use<>> {
        let client = self.inner()?.client.clone();
        self.within(async move {
            match timeout {
                None => client.until(wanted).await.map(|()| true),
                Some(timeout) => client.until_within(wanted, timeout).await,
            }
        })
    }

    /// Counts of all that it has done so far.
    ///
    /// # Errors
    /// [`ErrorKind::Forked`].
    pub fn stats(&self) -> Result<Stats> {
        Ok(self.inner()?.client.stats())
    }

    /// Sends an SMS and waits until the network took it, or did not.
    ///
    /// # Errors
    /// As [`client::Client::send_sms`].
    pub fn send_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let inner = self.inner()?;
        done(wait(self.within(inner.sms.send_sms(request))?, None))
    }

    /// Hands an SMS to the gateway and does not wait for the network.
    ///
    /// # Errors
    /// As [`client::Client::queue_sms`].
    pub fn queue_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let inner = self.inner()?;
        done(wait(self.within(inner.sms.queue_sms(request))?, None))
    }

    /// Sends a USSD code and waits for the network's reply.
    ///
    /// # Errors
    /// As [`client::Client::send_ussd`].
    pub fn send_ussd(&self, span: u32, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        let inner = self.inner()?;
        done(wait(self.within(inner.sms.send_ussd(span, code, timeout))?, None))
    }

    /// Subscribes to events from now on, to be pulled. If the connection broke, the subscription has ended, and says why.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] for a client that was closed here; [`ErrorKind::Forked`].
    pub fn subscribe(&self, filter: Filter) -> Result<Events> {
        let inner = self.inner()?;
        inner.handlers.check()?;
        Ok(Events::new(inner.client.subscribe(filter)?, self.stamp))
    }

    /// Subscribes to incoming SMS from now on, to be pulled: [`Sms::from_event`] makes one of
    /// an event. Reports, USSD texts and markers are among them.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn inbox(&self) -> Result<Events> {
        let inner = self.inner()?;
        inner.handlers.check()?;
        Ok(Events::new(self.sms_inbox()?.into_subscription(), self.stamp))
    }

    /// Subscribes to events from now on: `sink` gets them batch by batch, one call at a time, on threads of libami's, and
    /// is dropped after the last call; at once if the connection broke.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] for a client that was closed here; [`ErrorKind::Forked`].
    pub fn on_batch(&self, filter: Filter, sink: impl FnMut(Batch, Stop<'_>) + Send + 'static) -> Result<Subscription> {
        self.on_batch_with(filter, || sink)
    }

    /// [`Client::on_batch`] with a sink that is made only if the subscription is not refused.
    #[doc(hidden)]
    pub fn on_batch_with<S>(&self, filter: Filter, make: impl FnOnce() -> S) -> Result<Subscription>
    where
        S: FnMut(Batch, Stop<'_>) + Send + 'static,
    {
        let inner = self.inner()?;
        inner.handlers.callback(self.stamp, inner.client.subscribe(filter)?, || Box::new(make()))
    }

    /// Subscribes to events from now on: `call` gets them one at a time, on threads of libami's.
    ///
    /// # Errors
    /// As [`Client::on_batch`].
    pub fn on(&self, filter: Filter, mut call: impl FnMut(&Event) + Send + 'static) -> Result<Subscription> {
        self.on_batch(filter, move |batch, stop| {
            for event in batch.iter().take_while(|_| !stop.is_set()) {
                call(&event);
            }
        })
    }

    /// Subscribes to incoming SMS from now on: `call` gets them one at a time, on threads of libami's.
    ///
    /// # Errors
    /// As [`Client::on_batch`].
    pub fn on_sms(&self, call: impl FnMut(&Sms) + Send + 'static) -> Result<Subscription> {
        self.on_sms_with(|| call)
    }

    /// [`Client::on_sms`] with a function that is made only if the subscription is not refused.
    #[doc(hidden)]
    pub fn on_sms_with<C>(&self, make: impl FnOnce() -> C) -> Result<Subscription>
    where
        C: FnMut(&Sms) + Send + 'static,
    {
        let inbox = self.sms_inbox()?;
        self.inner()?.handlers.callback(self.stamp, inbox.into_subscription(), || sms_sink(make()))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.stamp.is_current() {
            let _ = self.close();
        } else {
            // Left open here, the link would last as long as this process, whatever becomes of the parent, and the server
            // would write to nobody.
            if let Some(number) = self.inner.as_ref().and_then(|inner| inner.client.inherited_socket()) {
                fork::close_inherited(number);
            }
            std::mem::forget(self.inner.take());
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.inner.as_ref().map(|inner| inner.client.config())).finish()
    }
}
