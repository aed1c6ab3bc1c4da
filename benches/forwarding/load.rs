//! The load's threads: each drives a crowd of light clients on the core the server does not have.

use crate::cpu;
use std::{
    io,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::Duration,
};
use yunling::bot::crowd::{Crowd, News};

type Order = Box<dyn FnOnce(&mut Crowd) + Send>;

/// Longest time an order waits.
const TURN: Duration = Duration::from_millis(5);

/// A crowd on a thread of its own, until it is dropped.
pub struct Load {
    orders: Sender<Order>,
    news: Receiver<News>,
    pub thread: cpu::Thread,
}

impl Load {
    pub fn start(name: &str) -> io::Result<Self> {
        let (orders, queue) = mpsc::channel::<Order>();
        let (tell, news) = mpsc::channel();
        let (tell_thread, told_thread) = mpsc::channel();
        let mut crowd = Crowd::new()?;
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            cpu::pin(cpu::LOAD_CORE).expect("the core was there at start");
            let _ = tell_thread.send(cpu::Thread::current());
            loop {
                loop {
                    match queue.try_recv() {
                        Ok(order) => order(&mut crowd),
                        Err(mpsc::TryRecvError::Empty) => break,
                        Err(mpsc::TryRecvError::Disconnected) => return,
                    }
                }
                for news in crowd.turn(TURN).expect("epoll works") {
                    let _ = tell.send(news);
                }
            }
        })?;
        let thread = told_thread.recv().map_err(io::Error::other)?;
        Ok(Self { orders, news, thread })
    }

    /// Does something with the crowd on its thread and gives the result.
    pub fn with<T: Send + 'static>(&self, order: impl FnOnce(&mut Crowd) -> T + Send + 'static) -> T {
        let (tell, told) = mpsc::channel();
        let order: Order = Box::new(move |crowd| drop(tell.send(order(crowd))));
        self.orders.send(order).expect("the thread lives as long as this");
        told.recv().expect("every order is carried out")
    }

    /// Waits until so many more members are connected.
    pub fn connected(&self, mut more: usize, limit: Duration) -> io::Result<()> {
        while more > 0 {
            match self.news.recv_timeout(limit) {
                Ok(News::Connected(_)) => more -= 1,
                Ok(News::Failed(member, reason)) => {
                    return Err(io::Error::other(format!("load client {member} failed: {reason}")));
                }
                Err(_) => return Err(io::Error::other(format!("{more} load clients did not connect in {limit:?}"))),
            }
        }
        Ok(())
    }
}
