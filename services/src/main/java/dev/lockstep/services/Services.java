package dev.lockstep.services;

import dev.lockstep.api.Service;
import dev.lockstep.services.counter.CounterService;
import dev.lockstep.services.echo.EchoService;
import dev.lockstep.services.kv.KeyValueService;
import dev.lockstep.services.map.MapListService;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/** The services of this module by name. */
public final class Services {
  private static final Map<String, Supplier<Service>> BY_NAME =
      Map.of(
          "counter", CounterService::new,
          "echo", EchoService::new,
          "kv", KeyValueService::new,
          "map", MapListService::new);

  private Services() {}

  /** All names, sorted. */
  public static SortedSet<String> names() {
    return new TreeSet<>(BY_NAME.keySet());
  }

  /**
   * A new service in its first state.
   *
   * @throws IllegalArgumentException for a name that is not in {@link #names}
   */
  public static Service create(String name) {
    Supplier<Service> constructor = BY_NAME.get(name);
    if (constructor == null) {
      throw new IllegalArgumentException(
          "There is no service \"" + name + "\"; there are " + String.join(", ", names()) + ".");
    }
    return constructor.get();
  }
}
