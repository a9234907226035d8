"""What routes and screens share on the server: clients, mail sending, pages without Streamlit."""
