// Connections that Postgres ends under way: an operator's pg_terminate_backend, a crash of another
// backend. Without these two mends postgres.js leaves the request without an answer and loses the
// connection from its pool: after a dozen of them nobody is answered any more.
import net from "node:net";

const FATAL = "VFATAL\0"; // in an ErrorResponse: the connection ends with it
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]); // ReadyForQuery, idle

const GONE = new Set([
  "57P01", // ended by an operator
  "57P02", // another backend crashed
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
]);

/**
 * Give postgres.js a socket that ends every fatal error with ReadyForQuery, which Postgres does not
 * send then. It waits for that before it lets a query fail; otherwise it would keep the error and
 * report it of the connection that is opened in place of this one.
 */
export function openSocket({ host, port }) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port[0], host[0]);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
    let isFatal = false;
    const emit = socket.emit.bind(socket);
    socket.emit = (event, ...args) => {
      if (event === "data") isFatal = args[0].includes(FATAL);
      if (event === "close" && isFatal) emit("data", READY);
      return emit(event, ...args);
    };
  });
}

/**
 * Let what is still asked of a reserved connection that is gone fail at once, the rollback after
 * the error say: postgres.js would write it to a socket that is no more, and wait.
 */
export function failWhereConnectionIsLost(driver) {
  const reserve = driver.reserve;
  driver.reserve = async () => {
    const reserved = await reserve();
    const { unsafe, release } = reserved;
    let lost = null;
    reserved.unsafe = (...args) => {
      if (lost) return Promise.reject(lost);
      const query = unsafe(...args);
      query.catch((error) => {
        if (GONE.has(error.code)) lost ??= error;
      });
      return query;
    };
    // One that is gone, postgres.js has taken back itself, to be opened anew.
    reserved.release = () => lost || release();
    return reserved;
  };
}
