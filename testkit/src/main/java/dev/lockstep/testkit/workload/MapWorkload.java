package dev.lockstep.testkit.workload;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.Invoker;
import dev.lockstep.histories.History;
import dev.lockstep.histories.KvOperation;
import dev.lockstep.services.map.BftMapList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that use a replicated map of lists all the time, one operation after the other, each on a
 * thread of its own: they write and read registers that they share (lists of one number each) and
 * append to a journal of their own. Everything is judged at the end: the registers' history must be
 * linearizable, and every journal must hold each entry that was acknowledged, where it was
 * acknowledged, and none twice.
 */
public final class MapWorkload implements AutoCloseable {
  private static final int REGISTERS_PER_CLIENT = 2;
  private static final int PAGE = 5_000;

  /** A client that got an error waits this long before it goes on. */
  private static final long PAUSE_NANOS = 10_000_000;

  private final String name;
  private final int registers;
  private final History history = new History();
  private final Completions completions = new Completions();
  private final AtomicLong nextValue = new AtomicLong(1);
  private final AtomicLong unknowns = new AtomicLong();
  private final List<Client> clients = new ArrayList<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean running = true;

  private record Entry(long index, String text) {}

  private final class Client extends Thread {
    private final BftMapList map;
    private final String journal;
    private final SplittableRandom random;
    private final List<Entry> acknowledged = new ArrayList<>();
    private long appended;
    private volatile long completed;

    Client(int number, Invoker invoker) {
      super(name + "-" + number);
      setDaemon(true);
      map = new BftMapList(invoker);
      journal = name + "-journal-" + number;
      random = new SplittableRandom(number);
    }

    @Override
    public void run() {
      try {
        while (running) {
          step();
        }
      } catch (RuntimeException e) {
        failures.add(getName() + " stopped: " + e);
      }
    }

    private void step() {
      int dice = random.nextInt(10);
      if (dice < 3) {
        append();
      } else {
        register(random.nextInt(registers), dice < 7);
      }
    }

    private void append() {
      String text = getName() + " " + ++appended;
      try {
        acknowledged.add(new Entry(map.putEntry(journal, text), text));
        done();
      } catch (InvocationException e) {
        failed(e);
      }
    }

    private void register(int register, boolean write) {
      String table = name + "-register-" + register;
      long value = write ? nextValue.getAndIncrement() : 0;
      History.Call call =
          history.invoked(write ? KvOperation.put(register, value) : KvOperation.get(register));
      try {
        List<String> list = write ? map.put(table, List.of(Long.toString(value))) : map.get(table);
        history.returned(call, list == null ? 0 : Long.parseLong(list.get(0)));
        done();
      } catch (InvocationException e) {
        history.unknown(call);
        failed(e);
      }
    }

    private void done() {
      completions.add();
      completed++;
    }

    private void failed(InvocationException e) {
      unknowns.incrementAndGet();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /**
   * @param name part of the names of all tables; another one for each workload on a cluster
   * @param invokers one for each client
   */
  public MapWorkload(String name, List<? extends Invoker> invokers) {
    this.name = name;
    registers = REGISTERS_PER_CLIENT * invokers.size();
    for (Invoker invoker : invokers) {
      clients.add(new Client(clients.size(), invoker));
    }
  }

  /** Starts all clients. */
  public MapWorkload start() {
    clients.forEach(Thread::start);
    return this;
  }

  /** When operations of all clients were completed. */
  public Completions completions() {
    return completions;
  }

  /** Operations that one client has completed, by its place in the list. */
  public long completedBy(int client) {
    return clients.get(client).completed;
  }

  /** Operations that ended without a result. */
  public long withoutResult() {
    return unknowns.get();
  }

  /** Appended entries that were acknowledged; only after {@link #stop}. */
  public long acknowledged() {
    return clients.stream().mapToLong(client -> client.acknowledged.size()).sum();
  }

  /** Ends the load: waits for the operations that are under way. */
  public void stop() throws InterruptedException {
    running = false;
    for (Client client : clients) {
      client.join();
    }
  }

  /**
   * After {@link #stop}: reads everything back through another client and judges everything.
   *
   * @return what is wrong; empty if nothing is
   */
  public Optional<String> verdict(Invoker reader) {
    if (!failures.isEmpty()) {
      return Optional.of(failures.peek());
    }
    Optional<String> loss = loss(reader);
    if (loss.isPresent()) {
      return loss;
    }
    BftMapList map = new BftMapList(reader);
    for (int register = 0; register < registers; register++) {
      History.Call call = history.invoked(KvOperation.get(register));
      List<String> list = map.get(name + "-register-" + register);
      history.returned(call, list == null ? 0 : Long.parseLong(list.get(0)));
    }
    return history.violation();
  }

  /**
   * After {@link #stop}, as often as wanted: reads the journals back.
   *
   * @return what is not where it was acknowledged; empty if nothing is
   */
  public Optional<String> loss(Invoker reader) {
    BftMapList map = new BftMapList(reader);
    for (Client client : clients) {
      Optional<String> loss = lossOf(client, map);
      if (loss.isPresent()) {
        return loss;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> lossOf(Client client, BftMapList map) {
    List<String> journal = new ArrayList<>();
    while (true) {
      Optional<BftMapList.Part> part = map.entries(client.journal, journal.size(), PAGE);
      if (part.isEmpty() || part.get().entries().isEmpty()) {
        break;
      }
      journal.addAll(part.get().entries());
    }
    for (Entry entry : client.acknowledged) {
      String found = entry.index < journal.size() ? journal.get((int) entry.index) : "nothing";
      if (!found.equals(entry.text)) {
        return Optional.of(
            client.journal
                + " holds "
                + found
                + " at "
                + entry.index
                + ", where '"
                + entry.text
                + "' was acknowledged");
      }
    }
    long distinct = journal.stream().distinct().count();
    return distinct == journal.size()
        ? Optional.empty()
        : Optional.of(client.journal + " holds an entry twice");
  }

  @Override
  public void close() {
    running = false;
    clients.forEach(Thread::interrupt);
    for (Client client : clients) {
      try {
        client.join(TimeUnit.SECONDS.toMillis(1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
