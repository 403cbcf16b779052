package dev.lockstep.services.map;

import dev.lockstep.api.Invoker;
import dev.lockstep.services.ServiceException;
import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.services.command.Remote;
import dev.lockstep.services.command.Status;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The client of a {@link MapListService}: a replicated map from names to lists of strings, as a
 * {@link Map}. The lists that it returns are copies, and unmodifiable.
 *
 * <p>{@code get}, {@code put}, {@code putIfAbsent}, {@code remove(Object)}, {@code containsKey},
 * {@code size}, {@code clear} and the methods on single entries are one call each, atomic and
 * linearizable. Everything else that a {@code Map} can do is made of several of them, and others
 * may come in between: iterators are weakly consistent, like those of a {@code ConcurrentMap}.
 *
 * <p>{@code get}, {@code put}, {@code putIfAbsent} and {@code remove} return whole lists. For one
 * that does not fit a reply (about a megabyte) they change nothing and throw a {@link
 * ServiceException} of status {@link Status#TOO_LARGE}; {@link #entries}, {@link #set} and {@link
 * #delete} do without.
 *
 * <p>Methods that wait throw {@link dev.lockstep.api.InvocationException} if there is no result;
 * futures fail with it. Names and entries must not be null. Safe for any number of threads.
 */
public final class BftMapList extends AbstractMap<String, List<String>> {
  private static final int NAMES_PER_PAGE = 1000;

  private final Remote remote;

  public BftMapList(Invoker invoker) {
    remote = new Remote(invoker, MapListService.FORMAT);
  }

  /**
   * Part of a list.
   *
   * @param total how many entries the whole list has
   * @param entries those from the index on that was asked for
   */
  public record Part(long total, List<String> entries) {}

  private static ByteWriter named(MapOperation operation, String table) {
    return Remote.command(MapListService.FORMAT, operation).text(table);
  }

  private static Remote.Call<Optional<List<String>>> listCall(ByteWriter command, boolean ordered) {
    return new Remote.Call<>(
        command.toByteArray(),
        ordered,
        reply -> reply.flag() ? Optional.of(list(reply)) : Optional.empty());
  }

  private static Remote.Call<Optional<String>> textCall(ByteWriter command, boolean ordered) {
    return new Remote.Call<>(
        command.toByteArray(),
        ordered,
        reply -> reply.flag() ? Optional.of(entry(reply)) : Optional.empty());
  }

  private static String entry(ByteReader reply) throws RefusedException {
    return reply.string(MapListService.ENTRY_BYTES_MAX);
  }

  private static List<String> list(ByteReader reply) throws RefusedException {
    int count = reply.count(Integer.BYTES);
    List<String> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(entry(reply));
    }
    return List.copyOf(list);
  }

  private static ByteWriter with(ByteWriter command, Collection<String> list) {
    command.i32(list.size());
    list.forEach(command::text);
    return command;
  }

  // The methods of Map.

  /** How many tables there are, or {@link Integer#MAX_VALUE} if there are more than that. */
  @Override
  public int size() {
    byte[] command = Remote.command(MapListService.FORMAT, MapOperation.SIZE).toByteArray();
    long size = remote.call(new Remote.Call<>(command, false, ByteReader::i64));
    return (int) Math.min(Integer.MAX_VALUE, size);
  }

  @Override
  public boolean containsKey(Object table) {
    if (!(table instanceof String name)) {
      return false;
    }
    byte[] command = named(MapOperation.CONTAINS, name).toByteArray();
    return remote.call(new Remote.Call<>(command, false, ByteReader::flag));
  }

  @Override
  public List<String> get(Object table) {
    return table instanceof String name ? remote.call(getCall(name)).orElse(null) : null;
  }

  /** As {@link #get}, without waiting. */
  public CompletableFuture<Optional<List<String>>> getAsync(String table) {
    return remote.callAsync(getCall(table));
  }

  private static Remote.Call<Optional<List<String>>> getCall(String table) {
    return listCall(named(MapOperation.GET, table), false);
  }

  @Override
  public List<String> put(String table, List<String> list) {
    return remote.call(putCall(MapOperation.PUT, table, list)).orElse(null);
  }

  /** As {@link #put}, without waiting. */
  public CompletableFuture<Optional<List<String>>> putAsync(String table, List<String> list) {
    return remote.callAsync(putCall(MapOperation.PUT, table, list));
  }

  @Override
  public List<String> putIfAbsent(String table, List<String> list) {
    return remote.call(putCall(MapOperation.PUT_IF_ABSENT, table, list)).orElse(null);
  }

  private static Remote.Call<Optional<List<String>>> putCall(
      MapOperation operation, String table, List<String> list) {
    return listCall(with(named(operation, table), list), true);
  }

  @Override
  public List<String> remove(Object table) {
    return table instanceof String name ? remote.call(removeCall(name)).orElse(null) : null;
  }

  /** As {@link #remove(Object)}, without waiting. */
  public CompletableFuture<Optional<List<String>>> removeAsync(String table) {
    return remote.callAsync(removeCall(table));
  }

  private static Remote.Call<Optional<List<String>>> removeCall(String table) {
    return listCall(named(MapOperation.REMOVE, table), true);
  }

  @Override
  public void clear() {
    byte[] command = Remote.command(MapListService.FORMAT, MapOperation.CLEAR).toByteArray();
    remote.call(new Remote.Call<>(command, true, ByteReader::i64));
  }

  /** The names of the tables, in the order of their UTF-8 bytes; without fetching the lists. */
  @Override
  public Set<String> keySet() {
    return new TableSet<>(Optional::of) {
      @Override
      public boolean contains(Object table) {
        return containsKey(table);
      }

      @Override
      public boolean remove(Object table) {
        return table instanceof String name && delete(name);
      }
    };
  }

  @Override
  public Set<Map.Entry<String, List<String>>> entrySet() {
    return new TableSet<>(
        name -> Optional.ofNullable(get(name)).map(list -> Map.entry(name, list)));
  }

  /** Something for each table. */
  private class TableSet<T> extends AbstractSet<T> {
    private final Function<String, Optional<T>> element;

    /**
     * @param element of a table with this name, unless it has been removed meanwhile
     */
    TableSet(Function<String, Optional<T>> element) {
      this.element = element;
    }

    @Override
    public int size() {
      return BftMapList.this.size();
    }

    @Override
    public void clear() {
      BftMapList.this.clear();
    }

    @Override
    public Iterator<T> iterator() {
      return new TableIterator<>(element);
    }
  }

  private record Names(boolean more, List<String> names) {}

  /** Goes through the names page by page. */
  private final class TableIterator<T> implements Iterator<T> {
    private final Function<String, Optional<T>> element;
    private final Deque<String> page = new ArrayDeque<>();
    private String lastFetched; // name of the last table of the page; null before the first page
    private boolean more = true;
    private String upcomingName;
    private T upcoming; // null: to be looked for
    private String returned; // name of the table that next() returned, to be removed

    TableIterator(Function<String, Optional<T>> element) {
      this.element = element;
    }

    @Override
    public boolean hasNext() {
      while (upcoming == null) {
        if (page.isEmpty() && !fetch()) {
          return false;
        }
        upcomingName = page.remove();
        upcoming = element.apply(upcomingName).orElse(null);
      }
      return true;
    }

    private boolean fetch() {
      if (!more) {
        return false;
      }
      Names fetched = names(Optional.ofNullable(lastFetched), NAMES_PER_PAGE);
      page.addAll(fetched.names());
      lastFetched = page.peekLast();
      more = fetched.more() && lastFetched != null;
      return lastFetched != null;
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      T next = upcoming;
      returned = upcomingName;
      upcoming = null;
      return next;
    }

    @Override
    public void remove() {
      if (returned == null) {
        throw new IllegalStateException("There is no element to remove: call next() first.");
      }
      delete(returned);
      returned = null;
    }
  }

  private Names names(Optional<String> after, int most) {
    ByteWriter command =
        Remote.command(MapListService.FORMAT, MapOperation.NAMES).flag(after.isPresent());
    after.ifPresent(command::text);
    return remote.call(
        new Remote.Call<>(
            command.i32(most).toByteArray(), false, reply -> new Names(reply.flag(), list(reply))));
  }

  // Whole lists, without returning them.

  /** As {@link #put}, but returns only whether there was a list before. */
  public boolean set(String table, List<String> list) {
    return remote.call(setCall(table, list));
  }

  /** As {@link #set}, without waiting. */
  public CompletableFuture<Boolean> setAsync(String table, List<String> list) {
    return remote.callAsync(setCall(table, list));
  }

  private static Remote.Call<Boolean> setCall(String table, List<String> list) {
    byte[] command = with(named(MapOperation.SET, table), list).toByteArray();
    return new Remote.Call<>(command, true, ByteReader::flag);
  }

  /** As {@link #remove(Object)}, but returns only whether there was a list. */
  public boolean delete(String table) {
    return remote.call(deleteCall(table));
  }

  /** As {@link #delete}, without waiting. */
  public CompletableFuture<Boolean> deleteAsync(String table) {
    return remote.callAsync(deleteCall(table));
  }

  private static Remote.Call<Boolean> deleteCall(String table) {
    byte[] command = named(MapOperation.DELETE, table).toByteArray();
    return new Remote.Call<>(command, true, ByteReader::flag);
  }

  // Single entries.

  /**
   * Appends an entry to a list, and makes the list if there is none.
   *
   * @return the entry's index
   */
  public long putEntry(String table, String entry) {
    return remote.call(putEntryCall(table, entry));
  }

  /** As {@link #putEntry}, without waiting. */
  public CompletableFuture<Long> putEntryAsync(String table, String entry) {
    return remote.callAsync(putEntryCall(table, entry));
  }

  private static Remote.Call<Long> putEntryCall(String table, String entry) {
    byte[] command = named(MapOperation.PUT_ENTRY, table).text(entry).toByteArray();
    return new Remote.Call<>(command, true, ByteReader::i64);
  }

  /** The entry at an index from 0; empty if there is none. */
  public Optional<String> getEntry(String table, long index) {
    return remote.call(textCall(named(MapOperation.GET_ENTRY, table).i64(index), false));
  }

  /** Replaces the entry at an index; empty (and nothing is done) if there is none. */
  public Optional<String> setEntry(String table, long index, String entry) {
    Objects.requireNonNull(entry);
    return remote.call(textCall(named(MapOperation.SET_ENTRY, table).i64(index).text(entry), true));
  }

  /** Removes the entry at an index, so that those after it move up; empty if there is none. */
  public Optional<String> removeEntry(String table, long index) {
    return remote.call(textCall(named(MapOperation.REMOVE_ENTRY, table).i64(index), true));
  }

  /** The length of a list; empty if there is no such list. */
  public OptionalLong sizeOf(String table) {
    byte[] command = named(MapOperation.SIZE_OF, table).toByteArray();
    long size = remote.call(new Remote.Call<>(command, false, ByteReader::i64));
    return size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
  }

  /**
   * Reads part of a list.
   *
   * @param first index of the first entry to return
   * @param most entries to return, at least 1; there may be fewer even though more follow
   * @return empty if there is no such list
   */
  public Optional<Part> entries(String table, long first, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("A part has at least 1 entry, not " + most + ".");
    }
    byte[] command = named(MapOperation.ENTRIES, table).i64(first).i32(most).toByteArray();
    Part part =
        remote.call(new Remote.Call<>(command, false, reply -> new Part(reply.i64(), list(reply))));
    return part.total() < 0 ? Optional.empty() : Optional.of(part);
  }
}
