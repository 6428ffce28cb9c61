import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;

/**
 * The SCPClient of Ganymed and of the two that go by the name of Trilead.  It
 * is the same class in packages of different names, so it is found by name.
 */
final class Reflected implements Client {
	private final Site site;
	private final Class<?> connections;
	private final Class<?> clients;

	Reflected(Site site, String where) {
		this.site = site;
		connections = named(where + ".Connection");
		clients = named(where + ".SCPClient");
	}

	private static Class<?> named(String name) {
		try {
			return Class.forName(name);
		} catch (ClassNotFoundException e) {
			throw new IllegalStateException(e);
		}
	}

	private static Object call(Class<?> of, Object self, String method,
	    Class<?>[] kinds, Object... values) throws Exception {
		try {
			return of.getMethod(method, kinds).invoke(self, values);
		} catch (InvocationTargetException e) {
			throw (Exception) e.getCause();
		}
	}

	private void over(String user, String method, Class<?>[] kinds,
	    Object... values) throws Exception {
		Object connection = connections.getConstructor(String.class,
		    int.class).newInstance(site.host, site.port);
		Class<?>[] none = {};

		call(connections, connection, "connect", none);
		try {
			call(connections, connection,
			    "authenticateWithPublicKey", new Class<?>[] {
			    String.class, File.class, String.class},
			    user, new File(site.key), null);
			call(clients, clients.getConstructor(connections)
			    .newInstance(connection), method, kinds, values);
		} finally {
			call(connections, connection, "close", none);
		}
	}

	@Override
	public void put(String user, String local, String remote)
	    throws Exception {
		over(user, "put", new Class<?>[] {String.class, String.class,
		    String.class, String.class}, local, Client.name(remote),
		    Client.directory(remote), "0644");
	}

	@Override
	public void get(String user, String remote, String local)
	    throws Exception {
		over(user, "get", new Class<?>[] {String.class,
		    OutputStream.class}, remote, new ByteArrayOutputStream());
	}
}
