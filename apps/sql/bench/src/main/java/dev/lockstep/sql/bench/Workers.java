package dev.lockstep.sql.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs a task on many threads and waits for all of them. */
public final class Workers {
  /** What a thread does. */
  public interface Task {
    /**
     * @param number of the thread, from 0
     */
    void run(int number) throws Exception;
  }

  private Workers() {}

  /**
   * Runs the task with the numbers from 0 on, all at the same time.
   *
   * @throws Exception the first that any of them threw, once all have ended
   */
  public static void run(int count, String name, Task task) throws Exception {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            count,
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        ends.add(
            threads.submit(
                () -> {
                  task.run(number);
                  return null;
                }));
      }
      Exception failure = null;
      for (Future<?> end : ends) {
        try {
          end.get();
        } catch (ExecutionException e) {
          failure =
              failure != null
                  ? failure
                  : e.getCause() instanceof Exception cause ? cause : new RuntimeException(e);
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
